// SPDX-License-Identifier: Apache-2.0
// The theorems behind the order search, each on its own; solvers of other kinds that must agree.
#include <algorithm>
#include <optional>
#include <queue>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/order/order_search.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/order_case.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("memory is submodular on the sets of executed ops", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 600'000, {.min_ops = 3, .max_ops = 6});
    const Oracle oracle(problem);
    const std::vector<OpSet> sets = oracle.executable_sets();
    for (const OpSet a : sets) {
      for (const OpSet b : sets) {
        const bool holds = oracle.live_bytes(a) + oracle.live_bytes(b) >=
                           oracle.live_bytes(a | b) + oracle.live_bytes(a & b);
        if (!holds) FAIL("sets " << a << " and " << b);
      }
    }
  }
}

/// The greatest of the executable sets between `begin` and `end` that have the least memory.
OpSet greatest_valley(const Oracle& oracle, const std::vector<OpSet>& sets, OpSet begin,
                      OpSet end) {
  std::int64_t least = oracle.live_bytes(begin);
  OpSet greatest = begin;
  for (const OpSet set : sets) {
    if ((set & begin) != begin || (set & ~end) != 0) continue;
    const std::int64_t bytes = oracle.live_bytes(set);
    if (bytes < least) greatest = set;
    if (bytes == least) greatest |= set;
    least = std::min(least, bytes);
  }
  return greatest;
}

TEST_CASE("a commit loses nothing once memory has fallen back", "[scheduler]") {
  int commits = 0;
  int rises_on_the_way = 0;
  for (std::uint32_t seed = 0; seed < 700; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 610'000, {.min_ops = 4, .max_ops = 7});
    const Oracle oracle(problem);
    const std::vector<OpSet> sets = oracle.executable_sets();
    const OpSet begin = sets[seed % sets.size()];
    const auto from_begin = oracle.least_peaks(begin, oracle.all());
    for (const OpSet end : sets) {
      if ((end & begin) != begin || end == begin) continue;
      if (oracle.live_bytes(end) > oracle.live_bytes(begin)) continue;
      const OpSet valley = greatest_valley(oracle, sets, begin, end);
      CAPTURE(begin, end, valley);
      REQUIRE(valley != begin);
      REQUIRE(*from_begin[valley] <= *from_begin[end]);
      const auto from_valley = oracle.least_peaks(valley, oracle.all());
      REQUIRE(*from_valley[oracle.all()] <= *from_begin[oracle.all()]);
      ++commits;
      rises_on_the_way += *from_begin[end] > oracle.live_bytes(begin) ? 1 : 0;
    }
  }
  REQUIRE(commits > 1'000);
  REQUIRE(rises_on_the_way > 200);
}

TEST_CASE("a free move loses nothing, but may need more than the rest", "[scheduler]") {
  int moves = 0;
  int dear = 0;  // needs more than all orders of the rest: only the budget forbids it
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 620'000, {.min_ops = 3, .max_ops = 7});
    const Oracle oracle(problem);
    for (const OpSet set : oracle.executable_sets()) {
      const std::int64_t from_set = *oracle.least_peaks(set, oracle.all())[oracle.all()];
      for (std::size_t op = 0; op < problem.ops.size(); ++op) {
        const OpSet after = set | OpSet{1} << op;
        if (!oracle.can_run(set, op) || oracle.live_bytes(after) > oracle.live_bytes(set)) continue;
        REQUIRE(*oracle.least_peaks(after, oracle.all())[oracle.all()] <= from_set);
        ++moves;
        dear += oracle.needed_bytes(set, op) > from_set ? 1 : 0;
      }
    }
  }
  REQUIRE(moves > 1'000);
  REQUIRE(dear > 5);
}

/// Sets by the peak they take to reach, least first: no rule at all.
std::int64_t least_peak_best_first(const Oracle& oracle, std::size_t op_count) {
  using Entry = std::pair<std::int64_t, OpSet>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  std::vector<bool> closed(std::size_t{oracle.all()} + 1, false);
  open.push({oracle.live_bytes(0), 0});
  while (true) {
    const auto [peak, set] = open.top();
    open.pop();
    if (set == oracle.all()) return peak;
    if (closed[set]) continue;
    closed[set] = true;
    for (std::size_t op = 0; op < op_count; ++op) {
      if (!oracle.can_run(set, op)) continue;
      const OpSet next = set | OpSet{1} << op;
      open.push({std::max({peak, oracle.needed_bytes(set, op), oracle.live_bytes(next)}), next});
    }
  }
}

/// From the last op to the first, each set solved once.
/// After: Liberis and Lane, Neural networks on microcontrollers: saving memory at inference via
/// operator reordering, 2019.
class LastOpFirst {
 public:
  LastOpFirst(const Oracle& oracle, std::size_t op_count)
      : oracle_(oracle), op_count_(op_count), known_(std::size_t{oracle.all()} + 1) {}

  std::int64_t least_peak_bytes(OpSet executed) {
    std::optional<std::int64_t>& known = known_[executed];
    if (known) return *known;
    if (executed == 0) return *(known = oracle_.live_bytes(0));
    std::int64_t least = INT64_MAX;
    for (std::size_t op = 0; op < op_count_; ++op) {
      const OpSet before = executed & ~(OpSet{1} << op);
      if (before == executed || !is_last(op, executed)) continue;
      least = std::min(least, std::max(least_peak_bytes(before), oracle_.needed_bytes(before, op)));
    }
    return *(known = std::max(least, oracle_.live_bytes(executed)));
  }

 private:
  /// Whether nothing else of `executed` waits for `op`.
  [[nodiscard]] bool is_last(std::size_t op, OpSet executed) const {
    const OpSet before = executed & ~(OpSet{1} << op);
    if (!oracle_.can_run(before, op)) return false;
    for (std::size_t other = 0; other < op_count_; ++other) {
      const OpSet bit = OpSet{1} << other;
      if ((before & bit) != 0 &&
          !oracle_.can_run(oracle_.all() & ~bit & ~(OpSet{1} << op), other)) {
        return false;
      }
    }
    return true;
  }

  const Oracle& oracle_;
  std::size_t op_count_;
  std::vector<std::optional<std::int64_t>> known_;
};

TEST_CASE("solvers without rules agree with the search", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 630'000, {.min_ops = 8, .max_ops = 12});
    const Oracle oracle(problem);
    const std::int64_t found = search_order(problem, {}).peak_bytes;
    REQUIRE(found == oracle.least_peak_bytes());
    REQUIRE(found == least_peak_best_first(oracle, problem.ops.size()));
    REQUIRE(found == LastOpFirst(oracle, problem.ops.size()).least_peak_bytes(oracle.all()));
  }
}

}  // namespace
}  // namespace tilewright::scheduler
