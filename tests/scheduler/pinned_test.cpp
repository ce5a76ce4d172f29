// SPDX-License-Identifier: Apache-2.0
// Storages whose offset the caller fixes.
#include "scheduler/pinned.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "scheduler/cost.h"
#include "scheduler/problem_file.h"
#include "scheduler/solve.h"
#include "scheduler/validate.h"
#include "tests/scheduler/arena_oracle.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

using Catch::Matchers::ContainsSubstring;

/// x 64 -> a 128 -> b 128 -> y 64
Problem pinnable_chain() {
  Problem problem;
  problem.storages = {{.name = "x", .bytes = 64, .input = true},
                      {.name = "a", .bytes = 128},
                      {.name = "b", .bytes = 128},
                      {.name = "y", .bytes = 64, .output = true}};
  for (std::size_t i = 0; i < 3; ++i) {
    problem.ops.push_back({.name = "op" + std::to_string(i),
                           .reads = {storage_id(i)},
                           .writes = {storage_id(i + 1)}});
  }
  return problem;
}

void check_refused(const Problem& problem, ErrorCode code, const std::string& message) {
  const Status status = check_problem(problem);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == code);
  CHECK_THAT(status.error().message, ContainsSubstring(message));
}

/// A random problem with the offsets of up to `count` storages fixed.
Problem pinned_problem(std::uint32_t seed, int count) {
  Problem problem = random_problem(seed, {.max_ops = 6, .unaligned = seed % 3 == 0});
  for (int i = 0; i < count && !problem.storages.empty(); ++i) {
    seed = seed * 1664525 + 1013904223;
    Storage& storage = problem.storages[(seed >> 8) % problem.storages.size()];
    // The oracle cannot tell a storage without bytes from one that never lives.
    if (storage.constant || storage.bytes == 0) continue;
    storage.offset = (seed >> 20) % 8 * problem.alignment_bytes;
  }
  for (Op& op : problem.ops) {
    std::erase_if(op.in_place, [&](const InPlacePair& pair) {
      return problem.storages[index(pair.read)].offset ||
             problem.storages[index(pair.write)].offset;
    });
  }
  return problem;
}

}  // namespace

TEST_CASE("fixed offsets are kept and the rest is placed around them", "[scheduler]") {
  Problem problem = pinnable_chain();
  problem.storages[0].offset = 128;
  problem.storages[3].offset = 128;  // the input is gone by then
  const auto solution = solve(problem);
  REQUIRE(solution);
  CHECK(solution->offsets[0] == 128);
  CHECK(solution->offsets[3] == 128);
  // `a` and `b` find no place beside each other around them.
  CHECK(solution->peak_bytes == 256);
  CHECK(solution->arena_bytes == 320);
  CHECK(solution->arena_bytes == least_arena_bytes(problem, solution->order));
  CHECK(solution->arena_proven_optimal);
  problem.storages[0].offset = 192;
  problem.storages[3].offset = 0;
  const auto fitting = solve(problem);
  REQUIRE(fitting);
  CHECK(fitting->arena_bytes == 256);
  CHECK(fitting->jointly_optimal);
}

TEST_CASE("a high offset is the bound of the arena, not of the peak", "[scheduler]") {
  Problem problem = pinnable_chain();
  problem.storages[3].offset = std::int64_t{1} << 50;
  const auto solution = solve(problem);
  REQUIRE(solution);
  CHECK(solution->arena_bytes == (std::int64_t{1} << 50) + 64);
  CHECK(solution->arena_proven_optimal);
  CHECK(solution->peak_bytes == 256);
  CHECK_FALSE(solution->jointly_optimal);
  problem.memory_limit_bytes = 4096;
  const auto limited = solve(problem);
  REQUIRE_FALSE(limited);
  CHECK(limited.error().code == ErrorCode::Infeasible);
  CHECK_THAT(limited.error().message, ContainsSubstring("whose offset is given"));
}

TEST_CASE("offsets that cannot hold in every order are refused", "[scheduler]") {
  const auto invalid = ErrorCode::InvalidModel;
  Problem problem = pinnable_chain();
  problem.storages[1].offset = 32;
  check_refused(problem, invalid, "storage 1 'a' offset: expected a multiple of 64");
  problem.storages[1].offset = -64;
  check_refused(problem, invalid, "from 0 to");
  problem.storages[1].offset = 64;
  problem.storages[2].offset = 128;
  check_refused(problem, invalid,
                "storage 2 'b' offset: expected no overlap with 'a', which may live at the same "
                "time, got one at 128");
  problem.storages[2].offset = 192;
  CHECK(check_problem(problem));
  problem.ops[1].in_place = {{storage_id(1), storage_id(2)}};
  check_refused(problem, invalid, "expected a storage of no in-place pair");
  problem = pinnable_chain();
  problem.storages.push_back({.name = "w", .bytes = 64, .constant = true, .offset = 0});
  check_refused(problem, invalid, "storage 4 'w' offset: expected none of a constant");
}

TEST_CASE("more offsets than the limit are refused", "[scheduler]") {
  Problem problem;
  for (std::size_t i = 0; i <= kMaxPinned; ++i) {
    problem.storages.push_back({.name = "x",
                                .bytes = 64,
                                .input = true,
                                .output = true,
                                .offset = static_cast<std::int64_t>(64 * i)});
  }
  check_refused(problem, ErrorCode::ResourceExhausted, "expected at most 64 offsets, got 65");
}

TEST_CASE("the judge refuses a plan that moves a fixed storage", "[scheduler]") {
  const Problem free = pinnable_chain();
  auto solution = solve(free);
  REQUIRE(solution);
  Problem problem = free;
  problem.storages[2].offset = 1024;
  const Status status = validate(problem, *solution);
  REQUIRE_FALSE(status);
  CHECK_THAT(status.error().message,
             ContainsSubstring("storage 2 'b': expected the offset the problem fixes, 1024"));
}

TEST_CASE("fixed offsets survive the file", "[scheduler]") {
  Problem problem = pinnable_chain();
  problem.storages[0].offset = 192;
  const auto again = read_problem(write_problem(problem));
  REQUIRE(again);
  CHECK(*again == problem);
}

TEST_CASE("arenas around fixed storages are as small as exhaustion finds", "[scheduler]") {
  int compared = 0, proven = 0, refused = 0;
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    const Problem problem = pinned_problem(seed + 90'000, 1 + static_cast<int>(seed % 3));
    if (!check_problem(problem)) {
      ++refused;
      continue;
    }
    const auto solution = solve(problem);
    REQUIRE(solution);
    REQUIRE(validate(problem, *solution));
    REQUIRE(solution->peak_lower_bound_bytes == Oracle(problem).least_peak_bytes());
    if (count_blocks(problem) > 6) continue;
    ++compared;
    const std::int64_t least_bytes = least_arena_bytes(problem, solution->order);
    REQUIRE(solution->arena_lower_bound_bytes <= least_bytes);
    REQUIRE(solution->arena_bytes >= least_bytes);
    if (!solution->arena_proven_optimal) continue;
    ++proven;
    REQUIRE(solution->arena_bytes == least_bytes);
  }
  CHECK(compared > 300);
  CHECK(proven > compared * 9 / 10);
  CHECK(refused > 100);
}

TEST_CASE("offsets that some order breaks are refused, and hardly any others", "[scheduler]") {
  int needlessly_refused = 0, clashing = 0, accepted = 0;
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    const Problem problem = pinned_problem(seed + 120'000, 2);
    Problem free = problem;
    for (Storage& storage : free.storages)
      storage.offset.reset();
    REQUIRE(check_problem(free));
    bool clash = false;
    const Dependencies lists = dependencies(free);
    for (const std::vector<OpId>& order : Oracle(free).all_orders()) {
      const std::vector<Lifetime> lives = lifetimes(free, lists, order);
      for (std::size_t a = 0; a < lives.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
          const Storage& s = problem.storages[a];
          const Storage& t = problem.storages[b];
          if (!s.offset || !t.offset || lives[a].empty() || lives[b].empty()) continue;
          const bool together = lives[a].begin < lives[b].end && lives[b].begin < lives[a].end;
          clash =
              clash || (together && *s.offset < *t.offset + aligned_bytes(free, storage_id(b)) &&
                        *t.offset < *s.offset + aligned_bytes(free, storage_id(a)));
        }
      }
    }
    const bool is_accepted = static_cast<bool>(check_problem(problem));
    REQUIRE_FALSE((is_accepted && clash));
    clashing += clash ? 1 : 0;
    accepted += is_accepted ? 1 : 0;
    needlessly_refused += !is_accepted && !clash ? 1 : 0;
  }
  CHECK(clashing > 100);
  CHECK(accepted > 1000);
  // Such as two results that nobody reads: each lives in one step, whichever comes first.
  CHECK(needlessly_refused < clashing / 4);
}

}  // namespace tilewright::scheduler
