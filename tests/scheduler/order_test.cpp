// SPDX-License-Identifier: Apache-2.0
// The order search against exhaustion, and its theorems on their own.
#include <algorithm>
#include <chrono>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/cost.h"
#include "scheduler/order/flow_bound.h"
#include "scheduler/order/order_search.h"
#include "scheduler/order/valley.h"
#include "tests/scheduler/nasnet_problem.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/order_case.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

/// The rules whose bits are set in `switches`.
OrderRules rules_of(unsigned switches) {
  const auto is_on = [&](unsigned rule) { return (switches >> rule & 1) != 0; };
  return {.free_moves = is_on(0),
          .commits = is_on(1),
          .joins = is_on(2),
          .twins = is_on(3),
          .parts = is_on(4),
          .backward = is_on(5),
          .flow_bound = is_on(6),
          .heuristics = is_on(7)};
}
constexpr unsigned kRules = 8;
constexpr unsigned kAllRules = (1U << kRules) - 1;

TEST_CASE("the oracle's dynamic programme finds the least peak over all orders", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed, {.max_ops = 6});
    const Oracle oracle(problem);
    REQUIRE(oracle.least_peak_bytes() == oracle.least_peak_over_all_orders());
  }
}

TEST_CASE("the definition of peak bytes agrees with the oracle on every order", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed, {.max_ops = 5, .unaligned = seed % 2 == 0});
    REQUIRE(check_problem(problem));
    const Dependencies lists = dependencies(problem);
    const Oracle oracle(problem);
    for (const std::vector<OpId>& order : oracle.all_orders()) {
      REQUIRE(peak_bytes(problem, lists, order) == oracle.order_peak_bytes(order));
    }
  }
}

TEST_CASE("the order found has the least peak of all orders", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 6000; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed, {.max_ops = 8, .unaligned = seed % 4 == 0});
    const Oracle oracle(problem);
    const OrderResult found = search_order(problem, {});
    REQUIRE(found.peak_bytes == oracle.least_peak_bytes());
    REQUIRE(found.lower_bound_bytes == found.peak_bytes);
    REQUIRE(oracle.order_peak_bytes(op_ids(found.order)) == found.peak_bytes);
  }
}

TEST_CASE("the order found does not depend on which rules are on", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 800; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 10'000, {.min_ops = 6, .max_ops = 11});
    const std::int64_t peak = search_order(problem, rules_of(0)).peak_bytes;
    REQUIRE(peak == Oracle(problem).least_peak_bytes());
    for (unsigned rule = 0; rule < kRules; ++rule) {
      for (const unsigned switches :
           {1U << rule, kAllRules & ~(1U << rule), seed * 37 % (kAllRules + 1)}) {
        CAPTURE(switches);
        const OrderResult found = search_order(problem, rules_of(switches));
        REQUIRE(found.peak_bytes == peak);
        REQUIRE(found.lower_bound_bytes == peak);
        REQUIRE(peak_bytes(problem, dependencies(problem), op_ids(found.order)) == peak);
      }
    }
  }
}

TEST_CASE("a valley inside a discarded subtree is expanded again", "[scheduler]") {
  // A search that skips any set it has seen, dead or alive, loses the goal on these.
  const Problem two_ways = random_problem(1588, {.max_ops = 8, .unaligned = true});
  const Problem many_ways = random_problem(10'006, {.min_ops = 6, .max_ops = 11});
  for (const Problem& problem : {two_ways, many_ways}) {
    const std::int64_t least = Oracle(problem).least_peak_bytes();
    REQUIRE(search_order(problem, {.heuristics = false}).peak_bytes == least);
    REQUIRE(search_order(problem, {.flow_bound = false, .heuristics = false}).peak_bytes == least);
  }
}

TEST_CASE("some order of least peak passes through every lowest valley", "[scheduler]") {
  int valleys = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 20'000, {.min_ops = 3, .max_ops = 7});
    const Oracle oracle(problem);
    const std::vector<OpSet> sets = oracle.executable_sets();
    const OpSet begin = sets[seed % sets.size()];
    const auto from_begin = oracle.least_peaks(begin, oracle.all());
    std::int64_t lowest = oracle.live_bytes(begin);
    for (const OpSet set : sets) {
      if ((set & begin) == begin) lowest = std::min(lowest, oracle.live_bytes(set));
    }
    for (const OpSet set : sets) {
      if ((set & begin) != begin || oracle.live_bytes(set) != lowest) continue;
      ++valleys;
      const auto from_valley = oracle.least_peaks(set, oracle.all());
      REQUIRE(std::max(*from_begin[set], *from_valley[oracle.all()]) == *from_begin[oracle.all()]);
    }
  }
  REQUIRE(valleys > 400);
}

TEST_CASE("a valley is the greatest executable set of least live memory", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 30'000, {.min_ops = 3, .max_ops = 8});
    const Oracle oracle(problem);
    const std::vector<OpSet> sets = oracle.executable_sets();
    const OpSet begin = sets[seed % 7 % sets.size()];
    const OpSet end = sets[sets.size() - 1 - seed % 5 % sets.size()] | begin;
    OpSet greatest = begin;
    std::int64_t least = oracle.live_bytes(begin);
    for (const OpSet set : sets) {
      if ((set & begin) != begin || (set & ~end) != 0) continue;
      least = std::min(least, oracle.live_bytes(set));
    }
    for (const OpSet set : sets) {
      const bool inside = (set & begin) == begin && (set & ~end) == 0;
      if (inside && oracle.live_bytes(set) == least) greatest |= set;
    }
    const OrderGraph graph = order_graph(problem, dependencies(problem));
    const std::vector<OpWord> base{begin};
    const std::vector<OpWord> open{end & ~begin};
    const Valley valley = ValleyFinder(graph).find(base, open);
    REQUIRE(valley.executed.front() == greatest);
    REQUIRE(valley.change_bytes == least - oracle.live_bytes(begin));
  }
}

TEST_CASE("the flow bound lies between the operand bound and the least peak", "[scheduler]") {
  int tighter = 0;
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 40'000, {.min_ops = 3, .max_ops = 8});
    const OrderGraph graph = order_graph(problem, dependencies(problem));
    const OrderResult found = search_order(problem, {});
    const std::int64_t operands = operand_bound_bytes(graph);
    const std::int64_t flow = flow_bound_bytes(graph, found.order, operands);
    REQUIRE(operands <= flow);
    REQUIRE(flow <= found.peak_bytes);
    tighter += flow > operands ? 1 : 0;
  }
  REQUIRE(tighter > 100);
}

TEST_CASE("a search stopped by a limit gives bounds that hold the least peak", "[scheduler]") {
  int stopped = 0;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 50'000, {.min_ops = 7, .max_ops = 11});
    const OrderRules rules = {.joins = false, .flow_bound = false, .heuristics = seed % 2 == 0};
    const OrderResult found = search_order(problem, rules, {.max_states = 2});
    const std::int64_t least = Oracle(problem).least_peak_bytes();
    REQUIRE(found.lower_bound_bytes <= least);
    REQUIRE(found.peak_bytes >= least);
    REQUIRE(Oracle(problem).order_peak_bytes(op_ids(found.order)) == found.peak_bytes);
    if (found.status == OrderStatus::Bounded) ++stopped;
  }
  REQUIRE(stopped > 50);
}

TEST_CASE("a search keeps within the bytes of its table", "[scheduler]") {
  REQUIRE(OrderLimits{}.max_table_bytes == 32 << 20);
  const Problem problem = nasnet_problem({.normal_cells = 4, .filters = 11});
  const OrderRules no_rules = rules_of(0);
  // Four questions at most have a table each, and each state takes a bit per op.
  const auto state_bytes = static_cast<std::int64_t>(problem.ops.size() / 8);
  std::int64_t fewer = 0;
  for (const std::int64_t table_bytes : {64 << 10, 512 << 10}) {
    CAPTURE(table_bytes);
    const OrderLimits limits = {.max_states = 1'000'000, .max_table_bytes = table_bytes};
    const OrderResult found = search_order(problem, no_rules, limits);
    REQUIRE(found.status == OrderStatus::Bounded);
    REQUIRE(found.lower_bound_bytes <= found.peak_bytes);
    REQUIRE(peak_bytes(problem, dependencies(problem), op_ids(found.order)) == found.peak_bytes);
    REQUIRE(found.states > fewer);
    REQUIRE(found.states * state_bytes < 4 * table_bytes);
    fewer = found.states;
  }
}

TEST_CASE("a search whose time is up gives what it has", "[scheduler]") {
  const Problem problem = nasnet_problem({.normal_cells = 4, .filters = 11});
  const OrderLimits limits = {.deadline = std::chrono::steady_clock::now()};
  const OrderResult found = search_order(problem, {.flow_bound = false}, limits);
  REQUIRE(found.states == 0);
  REQUIRE(found.status == OrderStatus::Bounded);
  REQUIRE(found.lower_bound_bytes < found.peak_bytes);
  REQUIRE(peak_bytes(problem, dependencies(problem), op_ids(found.order)) == found.peak_bytes);
}

}  // namespace
}  // namespace tilewright::scheduler
