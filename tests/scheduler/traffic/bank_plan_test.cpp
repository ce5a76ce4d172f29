// SPDX-License-Identifier: Apache-2.0
// Plans of three banks and more: replayed byte by byte, by hand, and against their bounds.
#include "scheduler/traffic/bank_plan.h"

#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/traffic/solve_traffic.h"
#include "tests/scheduler/traffic/random_traffic.h"

namespace tilewright::scheduler {
namespace {

/// Follows which bytes are valid in which bank. Bank 0 is left to the judge of its plan.
class Replay {
 public:
  Replay(const Problem& problem, const TrafficSolution& solution, const BankPlan& plan)
      : problem_(problem), solution_(solution), plan_(plan) {
    for (std::size_t bank = 0; bank < problem.banks.size(); ++bank) {
      for (std::size_t i = 0; i < problem.storages.size(); ++i) {
        const Storage& storage = problem.storages[i];
        const bool outside = (storage.input || storage.constant) && !storage.fast;
        valid_[{bank, i}].assign(static_cast<std::size_t>(storage.bytes + 64),
                                 outside && bank + 1 == problem.banks.size());
      }
    }
    if (!problem.steady_state) return;
    for (const BankPiece& piece : plan.pieces) {
      if (piece.begin == -1)
        set(piece.bank, piece.storage, piece.begin_bytes, piece.end_bytes, true);
    }
  }

  /// What is wrong first, or nothing.
  std::string run() {
    std::size_t next = 0;
    for (std::size_t cause = 0; cause < solution_.transfers.size(); ++cause) {
      const Transfer& whole = solution_.transfers[cause];
      std::int64_t bytes = 0;
      // What a bank writes out or slides goes before its pieces change.
      for (; next < plan_.transfers.size() && plan_.transfers[next].cause == cause &&
             is_between(plan_.transfers[next].from) &&
             plan_.transfers[next].from <= plan_.transfers[next].to;
           ++next) {
        take(static_cast<std::int64_t>(cause), plan_.transfers[next]);
      }
      check_pieces(static_cast<std::int64_t>(cause));
      for (; next < plan_.transfers.size() && plan_.transfers[next].cause == cause; ++next) {
        const BankTransfer& transfer = plan_.transfers[next];
        take(static_cast<std::int64_t>(cause), transfer);
        if (transfer.from != 0 && transfer.to != 0) continue;
        bytes += transfer.end_bytes - transfer.begin_bytes;
        if (transfer.storage != whole.storage || transfer.begin_bytes < whole.begin_bytes ||
            transfer.end_bytes > whole.end_bytes || (transfer.to == 0) != is_read(whole.kind)) {
          note("another transfer of the first bank");
        }
      }
      if (whole.kind != TransferKind::Move && bytes != whole.end_bytes - whole.begin_bytes) {
        note("other bytes than the first bank's plan");
      }
    }
    if (next != plan_.transfers.size()) note("transfers out of order");
    check_end();
    return wrong_;
  }

 private:
  void note(const std::string& what) {
    if (wrong_.empty()) wrong_ = what;
  }

  void set(std::size_t bank, StorageId storage, std::int64_t begin, std::int64_t end, bool valid) {
    for (std::int64_t byte = begin; byte < end; ++byte)
      valid_[{bank, index(storage)}][static_cast<std::size_t>(byte)] = valid;
  }

  [[nodiscard]] bool all_valid(std::size_t bank, StorageId storage, std::int64_t begin,
                               std::int64_t end) {
    for (std::int64_t byte = begin; byte < end; ++byte) {
      if (!valid_[{bank, index(storage)}][static_cast<std::size_t>(byte)]) return false;
    }
    return true;
  }

  [[nodiscard]] bool is_between(std::size_t bank) const {
    return bank > 0 && bank + 1 < problem_.banks.size();
  }

  [[nodiscard]] bool has_piece(std::int64_t cause, std::size_t bank, StorageId storage,
                               std::int64_t byte) const {
    for (const BankPiece& piece : plan_.pieces) {
      if (piece.bank == bank && piece.storage == storage && piece.begin <= cause &&
          cause < piece.end && piece.begin_bytes <= byte && byte < piece.end_bytes) {
        return true;
      }
    }
    return false;
  }

  /// No two pieces overlap, none exceeds its bank, and what has no piece any more is lost.
  void check_pieces(std::int64_t cause) {
    for (const BankPiece& a : plan_.pieces) {
      if (a.begin > cause || cause >= a.end) continue;
      const std::int64_t a_end = a.offset + a.end_bytes - a.begin_bytes;
      if (a.offset < 0 || a_end > problem_.banks[a.bank].bytes) note("a piece outside its bank");
      for (const BankPiece& b : plan_.pieces) {
        if (&a == &b || a.bank != b.bank || b.begin > cause || cause >= b.end) continue;
        if (a.offset < b.offset + b.end_bytes - b.begin_bytes && b.offset < a_end)
          note("pieces that overlap");
      }
    }
    for (auto& [key, bytes] : valid_) {
      if (!is_between(key.first)) continue;
      for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
        const auto at = static_cast<std::int64_t>(byte);
        if (bytes[byte] && !has_piece(cause, key.first, storage_id(key.second), at))
          bytes[byte] = false;
      }
    }
  }

  void take(std::int64_t cause, const BankTransfer& transfer) {
    const auto [begin, end] = std::pair(transfer.begin_bytes, transfer.end_bytes);
    if (transfer.from != 0 && !all_valid(transfer.from, transfer.storage, begin, end))
      note("bytes that are not in bank " + std::to_string(transfer.from));
    for (std::size_t bank = 1; transfer.from == 0 && bank < problem_.banks.size(); ++bank)
      set(bank, transfer.storage, begin, end, false);
    if (transfer.to == 0) return;
    for (std::int64_t byte = begin; is_between(transfer.to) && byte < end; ++byte) {
      if (!has_piece(cause, transfer.to, transfer.storage, byte))
        note("no piece to hold the bytes");
    }
    set(transfer.to, transfer.storage, begin, end, true);
  }

  void check_end() {
    const std::size_t last = problem_.banks.size() - 1;
    for (std::size_t i = 0; i < problem_.storages.size(); ++i) {
      const Storage& storage = problem_.storages[i];
      if (!storage.output || storage.fast || storage.constant) continue;
      if (!all_valid(last, storage_id(i), 0, storage.bytes)) note("an output that is not outside");
    }
    for (const BankPiece& piece : plan_.pieces) {
      if (!problem_.steady_state || piece.begin != -1) continue;
      if (!all_valid(piece.bank, piece.storage, piece.begin_bytes, piece.end_bytes))
        note("a next run that does not begin as this one");
    }
  }

  const Problem& problem_;
  const TrafficSolution& solution_;
  const BankPlan& plan_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<bool>> valid_;
  std::string wrong_;
};

TEST_CASE("plans of three banks replay, and lie between their bound and two banks",
          "[scheduler][traffic]") {
  int used = 0;
  int checked = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    Problem problem = random_traffic(seed + 80'000, {.min_ops = 4, .max_ops = 10, .max_units = 5});
    const auto solution = solve_traffic(problem, {.search = {.max_states = 100}});
    if (!solution) continue;
    const double two_us = plan_banks(problem, *solution).transfer_us;
    REQUIRE(two_us == static_cast<double>(solution->total_bytes()));  // 1 byte/us
    problem.banks.insert(problem.banks.begin() + 1, {.name = "between",
                                                     .bytes = 4 * (1 + seed % 9),
                                                     .read_bytes_per_us = 4,
                                                     .write_bytes_per_us = 4});
    const BankPlan plan = plan_banks(problem, *solution);
    REQUIRE(Replay(problem, *solution, plan).run().empty());
    REQUIRE(plan.transfer_us <= two_us);
    REQUIRE(plan.lower_bound_us <= plan.transfer_us);
    ++checked;
    used += plan.transfer_us < two_us ? 1 : 0;
  }
  CAPTURE(checked, used);
  CHECK(checked > 250);
  CHECK(used > 60);
}

// s of 256 bytes waits while t and u need 128 of them: they go to the bank between and come back
// at its 4 bytes/us; x of 128 bytes is read from outside and y of 64 written there, at 1 byte/us.
TEST_CASE("what must leave the fast memory waits in the next bank", "[scheduler][traffic]") {
  Problem problem;
  problem.alignment_bytes = 64;
  problem.storages = {{.name = "x", .bytes = 128, .input = true},
                      {.name = "s", .bytes = 256},
                      {.name = "t", .bytes = 256},
                      {.name = "u", .bytes = 128},
                      {.name = "y", .bytes = 64, .output = true}};
  const auto id = [](std::size_t i) { return storage_id(i); };
  problem.ops = {{.name = "stem", .reads = {id(0)}, .writes = {id(1)}},
                 {.name = "first", .reads = {id(1)}, .writes = {id(2)}},
                 {.name = "second", .reads = {id(2)}, .writes = {id(3)}},
                 {.name = "join", .reads = {id(1), id(3)}, .writes = {id(4)}}};
  problem.banks = {
      {"fast", 512, 100, 100, 1}, {"between", 128, 4, 4, 1}, {"external", 1 << 20, 1, 1, 1}};
  const auto solution = solve_traffic(problem);
  REQUIRE(solution);
  REQUIRE(solution->activations == TrafficBytes{.compulsory = 128 + 64, .avoidable = 256});
  const BankPlan plan = plan_banks(problem, *solution);
  CHECK(Replay(problem, *solution, plan).run().empty());
  CHECK(plan.transfer_us == 128 + 64 + 256 / 4);
  CHECK(plan.lower_bound_us == plan.transfer_us);
  problem.banks[1].bytes = 64;  // half of them
  CHECK(plan_banks(problem, *solution).transfer_us == 128 + 64 + 128 / 4 + 128);
}

TEST_CASE("plans of four banks lie between their bound and two banks", "[scheduler][traffic]") {
  int checked = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Problem problem = random_traffic(seed + 90'000, {.min_ops = 4, .max_ops = 12});
    const auto solution = solve_traffic(problem, {.search = {.max_states = 100}});
    if (!solution) continue;
    for (const double speed : {2.5, 7.0}) {
      problem.banks.insert(problem.banks.begin() + 1, {.name = "between",
                                                       .bytes = 12,
                                                       .read_bytes_per_us = speed,
                                                       .write_bytes_per_us = speed});
    }
    const BankPlan plan = plan_banks(problem, *solution);
    REQUIRE(plan.lower_bound_us <= plan.transfer_us);
    REQUIRE(plan.transfer_us <= static_cast<double>(solution->total_bytes()));
    for (const BankTransfer& transfer : plan.transfers)
      REQUIRE(std::max(transfer.from, transfer.to) < problem.banks.size());
    ++checked;
  }
  CHECK(checked > 60);
}

}  // namespace
}  // namespace tilewright::scheduler
