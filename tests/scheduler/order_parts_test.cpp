// SPDX-License-Identifier: Apache-2.0
// Graphs that fall apart: the theorem behind it on its own, and what it saves.
#include "scheduler/order/order_parts.h"

#include <algorithm>
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/order/graph_parts.h"
#include "scheduler/order/order_search.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/order_case.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

/// The least peak on the way from `begin` to a larger set of no more memory, within `end`.
std::int64_t least_peak_of_descent(const Oracle& oracle, OpSet begin, OpSet end) {
  const auto peaks = oracle.least_peaks(begin, end);
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (OpSet set = begin + 1; set <= end; ++set) {
    if (!peaks[set] || oracle.live_bytes(set) > oracle.live_bytes(begin)) continue;
    least = std::min(least, *peaks[set]);
  }
  return least;
}

TEST_CASE("memory first falls back inside one part", "[scheduler]") {
  int descents = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Problem first = random_problem(seed + 500'000, {.min_ops = 2, .max_ops = 5});
    const Problem second = random_problem(seed + 510'000, {.min_ops = 2, .max_ops = 5});
    const Problem both = side_by_side(first, second);
    const Oracle oracle(both);
    const OpSet first_ops = (OpSet{1} << first.ops.size()) - 1;
    for (const OpSet begin : oracle.executable_sets()) {
      const std::int64_t least = least_peak_of_descent(oracle, begin, oracle.all());
      const std::int64_t alone =
          std::min(least_peak_of_descent(oracle, begin, begin | first_ops),
                   least_peak_of_descent(oracle, begin, begin | (oracle.all() & ~first_ops)));
      REQUIRE(least == alone);
      descents += least < std::numeric_limits<std::int64_t>::max() ? 1 : 0;
    }
  }
  REQUIRE(descents > 5'000);
}

TEST_CASE("memory of a graph is that of its parts and of what no op can change", "[scheduler]") {
  int apart = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    const Problem problem =
        random_problem(seed + 520'000, {.min_ops = 3, .max_ops = 8, .shuffled = false});
    const OrderGraph graph = order_graph(problem, dependencies(problem));
    const std::vector<OpSet> sets = Oracle(problem).executable_sets();
    const OpSet begin = sets[seed % sets.size()];
    const std::vector<OpWord> executed{begin};
    const std::vector<GraphPart> parts = independent_parts(graph, executed);
    REQUIRE(falls_apart(graph, executed) == (parts.size() > 1));
    apart += parts.size() > 1 ? 1 : 0;
    std::int64_t fixed_bytes = live_bytes(graph, executed);
    for (const GraphPart& part : parts)
      fixed_bytes -= start_bytes(part.graph);
    for (const OpSet set : sets) {
      if ((set & begin) != begin) continue;
      std::int64_t bytes = fixed_bytes;
      std::size_t ops = 0;
      for (const GraphPart& part : parts) {
        std::vector<OpWord> local{0};
        for (std::size_t i = 0; i < part.ops.size(); ++i) {
          if ((set >> part.ops[i] & 1) != 0) flip_op(local, static_cast<std::int32_t>(i));
        }
        bytes += live_bytes(part.graph, local);
        ops += part.ops.size();
      }
      REQUIRE(bytes == live_bytes(graph, std::vector<OpWord>{set}));
      REQUIRE(ops + static_cast<std::size_t>(std::popcount(begin)) == problem.ops.size());
    }
  }
  REQUIRE(apart > 50);
}

TEST_CASE("parts searched apart give the least peak of all orders", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    Problem problem = random_problem(seed + 530'000, {.min_ops = 2, .max_ops = 5});
    problem = side_by_side(problem, random_problem(seed + 540'000, {.min_ops = 2, .max_ops = 4}));
    if (seed % 2 == 0)
      problem = side_by_side(problem, random_problem(seed + 550'000, {.max_ops = 3}));
    const Oracle oracle(problem);
    const OrderResult found = search_order(problem, {.flow_bound = false, .heuristics = false});
    REQUIRE(found.peak_bytes == oracle.least_peak_bytes());
    REQUIRE(found.lower_bound_bytes == found.peak_bytes);
    REQUIRE(oracle.order_peak_bytes(op_ids(found.order)) == found.peak_bytes);
  }
}

/// Holds a decision to the least peak of all orders; true if a refusal proves less than that.
bool is_loose(const OrderDecision& found, std::int64_t budget_bytes, std::int64_t least_bytes) {
  const bool possible = budget_bytes >= least_bytes;
  REQUIRE(found.verdict == (possible ? Verdict::Possible : Verdict::Impossible));
  if (possible) return false;
  REQUIRE(found.least_refused_bytes > budget_bytes);
  REQUIRE(found.least_refused_bytes <= least_bytes);
  return found.least_refused_bytes < least_bytes;
}

TEST_CASE("an order is refused below the least peak, and no refusal proves more", "[scheduler]") {
  int loose = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    const RandomShape shape{.min_ops = 3, .max_ops = 6, .shuffled = false};
    Problem problem = random_problem(seed + 570'000, shape);
    if (seed % 2 == 0) problem = side_by_side(problem, random_problem(seed + 580'000, shape));
    const std::int64_t least = Oracle(problem).least_peak_bytes();
    const OrderGraph graph = order_graph(problem, dependencies(problem));
    for (const std::int64_t budget : {least / 2, least * 3 / 4, least - 1, least}) {
      CAPTURE(seed, budget, least);
      for (const OrderGraph& side : {graph, mirrored(graph)}) {
        loose += is_loose(decide_order(side, {.budget_bytes = budget}, {}, {}), budget, least);
        loose += is_loose(decide_in_parts(side, {.budget_bytes = budget}, {}, {}), budget, least);
      }
    }
  }
  REQUIRE(loose > 500);
}

TEST_CASE("a pair whose write lives at the split is not credited from the end", "[scheduler]") {
  // Once `first` has run, `out` lives, and `big`, which the other part still needs, may not share
  // it.
  Problem problem;
  problem.alignment_bytes = 1;
  problem.storages = {{.name = "x", .bytes = 1, .input = true, .output = true},
                      {.name = "y", .bytes = 1, .input = true},
                      {.name = "other", .bytes = 9, .output = true},
                      {.name = "big", .bytes = 8},
                      {.name = "out", .bytes = 1, .output = true}};
  const auto id = [](std::size_t i) { return storage_id(i); };
  problem.ops = {
      {.name = "second",
       .reads = {id(3)},
       .writes = {id(4)},
       .after = {op_id(1)},
       .scratch_bytes = 3,
       .in_place = {{id(3), id(4)}}},
      {.name = "make", .writes = {id(3)}},
      {.name = "apart", .reads = {id(0)}, .writes = {id(2)}},
      {.name = "first", .reads = {id(1)}, .writes = {id(4)}, .in_place = {{id(1), id(4)}}}};
  REQUIRE(check_problem(problem));
  for (const bool joins : {false, true}) {
    const OrderResult found = search_order(problem, {.free_moves = false,
                                                     .joins = joins,
                                                     .twins = false,
                                                     .backward = false,
                                                     .flow_bound = false,
                                                     .heuristics = false});
    REQUIRE(found.peak_bytes == 13);
    REQUIRE(found.lower_bound_bytes == 13);
  }
  REQUIRE(search_order(problem, {}).lower_bound_bytes == Oracle(problem).least_peak_bytes());
}

TEST_CASE("the cost of parts adds instead of multiplying", "[scheduler]") {
  const OrderRules apart = {.flow_bound = false, .heuristics = false};
  const OrderRules whole = {.parts = false, .flow_bound = false, .heuristics = false};
  Problem problem;
  problem.alignment_bytes = 1;
  int parts = 0;
  std::int64_t states = 0;
  for (std::uint32_t seed = 0; parts < 6; ++seed) {
    const Problem part = random_problem(seed + 560'000, {.min_ops = 10, .max_ops = 12});
    const std::int64_t alone = search_order(part, whole).states;
    if (alone < 30) continue;
    problem = side_by_side(problem, part);
    states += alone;
    ++parts;
  }
  const OrderResult found = search_order(problem, apart);
  const OrderResult product = search_order(problem, whole);
  CAPTURE(states, found.states, product.states, found.peak_bytes, product.peak_bytes);
  REQUIRE(found.lower_bound_bytes == found.peak_bytes);
  REQUIRE(found.peak_bytes <= product.peak_bytes);
  REQUIRE(found.peak_bytes >= product.lower_bound_bytes);
  REQUIRE(found.states < 10 * states);
  REQUIRE(found.states * 4 < product.states);
}

}  // namespace
}  // namespace tilewright::scheduler
