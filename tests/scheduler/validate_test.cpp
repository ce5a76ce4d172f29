// SPDX-License-Identifier: Apache-2.0
// The judge, with one wrong solution for each of its rules.
#include "scheduler/validate.h"

#include <functional>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace tilewright::scheduler {
namespace {

using Catch::Matchers::ContainsSubstring;

/// x --conv, scratch--> a --relu, in place--> b --pool--> y, and an op that waits for conv alone.
Problem chain() {
  return {.alignment_bytes = 64,
          .storages = {{.name = "x", .bytes = 100, .input = true},
                       {.name = "a", .bytes = 200},
                       {.name = "b", .bytes = 200},
                       {.name = "y", .bytes = 50, .output = true},
                       {.name = "w", .bytes = 999, .constant = true},
                       {.name = "log", .bytes = 64}},
          .ops = {{.name = "conv",
                   .reads = {storage_id(0), storage_id(4)},
                   .writes = {storage_id(1)},
                   .scratch_bytes = 32},
                  {.name = "relu",
                   .reads = {storage_id(1)},
                   .writes = {storage_id(2)},
                   .in_place = {{storage_id(1), storage_id(2)}}},
                  {.name = "pool", .reads = {storage_id(2)}, .writes = {storage_id(3)}},
                  {.name = "trace", .writes = {storage_id(5)}, .after = {op_id(0)}}},
          .memory_limit_bytes = 416};
}

/// The plan of docs/problem_format.md; the log is written last, where `y` alone lives.
Solution plan() {
  Solution s;
  s.order = {op_id(0), op_id(1), op_id(2), op_id(3)};
  s.offsets = {256, 0, 0, 256, std::nullopt, 0};
  s.scratch_offsets = {384, std::nullopt, std::nullopt, std::nullopt};
  s.in_place_used = {{op_id(1), storage_id(1), storage_id(2)}};
  s.peak_bytes = 416;
  s.peak_lower_bound_bytes = 416;
  s.order_proven_optimal = true;
  s.arena_bytes = 416;
  s.arena_lower_bound_bytes = 416;
  s.arena_proven_optimal = true;
  s.jointly_optimal = true;
  return s;
}

struct Wrong {
  const char* rule;
  std::function<void(Solution&)> change;
  const char* message;
};

TEST_CASE("the judge accepts a plan made by hand", "[scheduler]") {
  REQUIRE(check_problem(chain()));
  const Status status = validate(chain(), plan());
  CAPTURE(status ? "" : status.error().message);
  REQUIRE(status);
}

void require_refused(const Problem& problem, const std::vector<Wrong>& table) {
  for (const Wrong& wrong : table) {
    CAPTURE(wrong.rule);
    Solution solution = plan();
    wrong.change(solution);
    const Status status = validate(problem, solution);
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::InvalidArgument);
    CHECK_THAT(status.error().message, ContainsSubstring(wrong.message));
  }
}

TEST_CASE("the judge refuses orders that break a dependency", "[scheduler]") {
  require_refused(
      chain(),
      {{"list sizes", [](Solution& s) { s.order.pop_back(); }, "lists of other sizes"},
       {"op ids", [](Solution& s) { s.order[0] = op_id(9); }, "got one out of range"},
       {"one run", [](Solution& s) { s.order[3] = op_id(0); }, "expected one run, got two"},
       {"writers first", [](Solution& s) { std::swap(s.order[1], s.order[2]); },
        "expected to run after all writers of storage 2 'b', got 1 writers still to run"},
       {"after", [](Solution& s) { s.order = {op_id(3), op_id(0), op_id(1), op_id(2)}; },
        "expected to run after op 0 'conv', got the reverse"}});
}

TEST_CASE("the judge refuses offsets that are missing, misplaced or overlapping", "[scheduler]") {
  require_refused(
      chain(),
      {{"storage offset", [](Solution& s) { s.offsets[1] = std::nullopt; },
        "expected an offset of living storage 1 'a', got none"},
       {"scratch offset", [](Solution& s) { s.scratch_offsets[0] = std::nullopt; },
        "expected a scratch offset, got none"},
       {"constant", [](Solution& s) { s.offsets[4] = 0; }, "expected no offset, got one"},
       {"no scratch", [](Solution& s) { s.scratch_offsets[1] = 0; }, "expected no offset, got one"},
       {"range", [](Solution& s) { s.offsets[3] = -64; }, "expected 0 to"},
       {"overflow", [](Solution& s) { s.offsets[3] = INT64_MAX; }, "expected 0 to"},
       {"alignment", [](Solution& s) { s.offsets[3] = 300; },
        "expected a multiple of 64, got offset 300"},
       {"scratch alignment",
        [](Solution& s) {
          s.scratch_offsets[0] = 400;
          s.arena_bytes = 432;
          s.arena_lower_bound_bytes = 432;
          s.jointly_optimal = false;
          s.fits_memory_limit = false;
        },
        "expected a multiple of 64, got offset 400"},
       {"overlap", [](Solution& s) { s.offsets[0] = 192; },
        "got storage 0 'x' and storage 1 'a' at"},
       {"scratch overlap", [](Solution& s) { s.scratch_offsets[0] = 0; }, "and the scratch at 0"},
       {"late overlap", [](Solution& s) { s.offsets[5] = 256; },
        "got storage 3 'y' and storage 5 'log' at 256"}});
}

TEST_CASE("the judge refuses in-place pairs whose conditions do not hold", "[scheduler]") {
  const auto pair = [](std::size_t op, std::size_t read, std::size_t write) {
    return InPlaceUse{op_id(op), storage_id(read), storage_id(write)};
  };
  require_refused(
      chain(),
      {{"unused pair", [](Solution& s) { s.in_place_used.clear(); },
        "got storage 1 'a' and storage 2 'b' at 0"},
       {"permission", [&](Solution& s) { s.in_place_used.push_back(pair(2, 2, 3)); },
        "expected a pair the op permits, got another"},
       {"op ids", [&](Solution& s) { s.in_place_used.push_back(pair(9, 1, 2)); },
        "expected op ids, got another"},
       {"order", [&](Solution& s) { s.in_place_used.push_back(pair(0, 1, 2)); },
        "expected pairs in the order of the steps, got op 0 out of turn"},
       {"one offset", [](Solution& s) { s.offsets[2] = 128; },
        "expected one offset of the in-place pair storage 1 'a' and storage 2 'b', got 0 and 128"},
       {"twice", [&](Solution& s) { s.in_place_used.push_back(pair(1, 1, 2)); },
        "expected each storage in one pair, got one in two"}});
  Problem kept = chain();
  kept.storages[1].output = true;
  require_refused(kept, {{"dying", [](Solution&) {}, "expected storage 1 'a' to die here"}});
  Problem read_again = chain();
  read_again.ops[3].reads = {storage_id(1)};
  require_refused(read_again, {{"dying", [](Solution&) {}, "expected storage 1 'a' to die here"}});
  Problem sliced = chain();
  sliced.ops[0].writes.push_back(storage_id(2));
  require_refused(sliced, {{"born", [](Solution& s) { s.offsets[2] = 448; },
                            "expected storage 2 'b' to be born here"}});
}

TEST_CASE("the judge refuses claims that are not true", "[scheduler]") {
  require_refused(
      chain(),
      {{"peak", [](Solution& s) { s.peak_bytes = 415; }, "peak_bytes: expected 416, got 415"},
       {"arena", [](Solution& s) { s.arena_bytes = 417; }, "arena_bytes: expected 416, got 417"},
       {"order proof", [](Solution& s) { s.peak_lower_bound_bytes = 400; },
        "order_proven_optimal: expected proven exactly when"},
       {"bound above", [](Solution& s) { s.peak_lower_bound_bytes = 500; },
        "order_proven_optimal: expected proven exactly when"},
       {"arena proof", [](Solution& s) { s.arena_proven_optimal = false; },
        "arena_proven_optimal: expected proven exactly when"},
       {"joint proof", [](Solution& s) { s.jointly_optimal = false; },
        "jointly_optimal: expected proven exactly when"},
       {"limit", [](Solution& s) { s.fits_memory_limit = false; },
        "fits_memory_limit: expected arena_bytes compared with the limit"}});
}

}  // namespace
}  // namespace tilewright::scheduler
