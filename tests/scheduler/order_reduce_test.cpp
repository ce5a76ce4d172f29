// SPDX-License-Identifier: Apache-2.0
// Graphs that are smaller, or seen from their end, have the least peak of the graph they came from.
#include "scheduler/order/order_reduce.h"

#include <algorithm>
#include <map>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/order/live_state.h"
#include "scheduler/order/order_greedy.h"
#include "scheduler/order/step_range.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/order_case.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

/// The least peak over all orders of `graph`, set by set; at most 20 ops.
std::int64_t least_peak_bytes(const OrderGraph& graph) {
  LiveState state(graph);
  std::map<OpWord, std::int64_t> least{{0, state.live_bytes()}};  // by set, growing
  for (auto entry = least.begin(); entry != least.end(); ++entry) {
    state.move_to(std::vector<OpWord>{entry->first});
    for_each_op(state.ready(), [&](std::int32_t op) {
      const StepCost cost = state.cost(op);
      const std::int64_t peak = std::max({entry->second, cost.needed_bytes, cost.after_bytes});
      const auto [next, is_new] = least.try_emplace(entry->first | OpWord{1} << op, peak);
      next->second = std::min(next->second, peak);
    });
  }
  return least.rbegin()->second;
}

TEST_CASE("joined ops and ordered twins keep the least peak", "[scheduler]") {
  std::size_t joins = 0;
  std::size_t twins = 0;
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 200'000, {.min_ops = 3, .max_ops = 9});
    const OrderCase given = order_case(problem);
    const std::int64_t least = Oracle(problem).least_peak_bytes();
    const ReducedGraph joined = reduce_graph(given.graph, given.order, {.twins = false});
    REQUIRE(least_peak_bytes(joined.graph) == least);
    const ReducedGraph sorted = reduce_graph(given.graph, given.order, {.joins = false});
    REQUIRE(least_peak_bytes(sorted.graph) == least);
    REQUIRE(least_peak_bytes(reduce_graph(given.graph, given.order, {}).graph) == least);
    joins += joined.joins.size();
    twins += sorted.graph.waits.size() - given.graph.waits.size();
    REQUIRE(joined.graph.ops.size() + joined.joins.size() == problem.ops.size());
  }
  REQUIRE(joins > 1000);
  REQUIRE(twins > 20);
}

TEST_CASE("an order read backwards has the same peak on the mirrored graph", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 210'000, {.min_ops = 2, .max_ops = 8});
    const OrderCase given = order_case(problem);
    const OrderGraph graph = reduce_graph(given.graph, given.order, {}).graph;
    REQUIRE(least_peak_bytes(mirrored(graph)) == least_peak_bytes(graph));
    LiveState forward(given.graph);
    std::vector<std::int32_t> order = post_order(given.graph);
    const std::int64_t peak = order_peak_bytes(forward, order);
    std::reverse(order.begin(), order.end());
    for (std::int32_t& op : order)
      op = given.graph.op_count() - 1 - op;
    const OrderGraph mirror = mirrored(given.graph);
    LiveState backward(mirror);
    REQUIRE(order_peak_bytes(backward, order) == peak);
  }
}

TEST_CASE("what a run of ops needs lies in its range from every executable set", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 220'000, {.min_ops = 3, .max_ops = 7});
    const OrderCase given = order_case(problem);
    const Oracle oracle(problem);
    for (const OpSet set : oracle.executable_sets()) {
      for (std::size_t a = 0; a < problem.ops.size(); ++a) {
        const OpSet between = set | OpSet{1} << a;
        for (std::size_t b = 0; b < problem.ops.size(); ++b) {
          if (!oracle.can_run(set, a) || !oracle.can_run(between, b)) continue;
          const std::vector<std::int32_t> run{static_cast<std::int32_t>(a),
                                              static_cast<std::int32_t>(b)};
          const MemoryRange range = memory_range(given.graph, run);
          const std::int64_t before = oracle.live_bytes(set);
          const std::int64_t after = oracle.live_bytes(between | OpSet{1} << b);
          const std::int64_t needed =
              std::max(oracle.needed_bytes(set, a), oracle.needed_bytes(between, b));
          REQUIRE(needed - before >= range.least_rise);
          REQUIRE(needed - before <= range.most_rise);
          REQUIRE(needed - after >= range.least_fall);
          REQUIRE(needed - after <= range.most_fall);
          REQUIRE(after - before >= range.least_change);
          REQUIRE(after - before <= range.most_change);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tilewright::scheduler
