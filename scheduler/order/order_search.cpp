// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_search.h"

#include <algorithm>
#include <utility>

#include "scheduler/order/flow_bound.h"
#include "scheduler/order/order_greedy.h"
#include "scheduler/order/order_reduce.h"

namespace tilewright::scheduler {
namespace {

// Greedy steps and states look at every ready op: above this many ops they would take seconds.
constexpr std::int32_t kMaxSearchedOps = 4'096;

bool is_searchable(const OrderGraph& graph) {
  return graph.op_count() <= kMaxSearchedOps;
}

void offer(LiveState& state, std::vector<std::int32_t> order, OrderBounds& best) {
  const std::int64_t peak_bytes = order_peak_bytes(state, order);
  if (peak_bytes >= best.peak_bytes) return;
  best.peak_bytes = peak_bytes;
  best.order = std::move(order);
}

std::vector<std::int32_t> greedy_order(const OrderGraph& graph, std::int64_t budget_bytes) {
  LiveState state(graph);
  std::vector<std::int32_t> order;
  complete_greedily(state, budget_bytes, order);
  return members_in_order(graph, order);
}

/// Greedy from both ends of the reduced graph.
void try_greedy(const OrderGraph& graph, const OrderGraph& reduced, OrderBounds& best) {
  LiveState state(graph);
  offer(state, greedy_order(reduced, best.lower_bound_bytes), best);
  std::vector<std::int32_t> reversed = greedy_order(mirrored(reduced), best.lower_bound_bytes);
  std::reverse(reversed.begin(), reversed.end());
  offer(state, std::move(reversed), best);
}

}  // namespace

OrderResult find_order(const OrderGraph& graph, const std::vector<std::int32_t>& serialized,
                       const OrderLimits& limits, const OrderRules& rules) {
  LiveState state(graph);
  OrderBounds best{serialized, order_peak_bytes(state, serialized), operand_bound_bytes(graph), 0};
  if (rules.heuristics) offer(state, post_order(graph), best);
  const bool proven_at_once = best.peak_bytes == best.lower_bound_bytes;
  OrderStatus status = proven_at_once ? OrderStatus::FlowTight : OrderStatus::Heuristic;
  if (!proven_at_once && is_searchable(graph)) {
    const ReducedGraph reduced =
        reduce_graph(graph, serialized, {.joins = rules.joins, .twins = rules.twins});
    if (rules.heuristics) try_greedy(graph, reduced.graph, best);
    if (rules.flow_bound) {
      best.lower_bound_bytes = flow_bound_bytes(graph, best.order, best.lower_bound_bytes);
    }
    const bool flow_tight = best.peak_bytes == best.lower_bound_bytes;
    best = search_order(reduced.graph, std::move(best), limits, rules);
    const bool proven = best.peak_bytes == best.lower_bound_bytes;
    status = flow_tight ? OrderStatus::FlowTight
             : proven   ? OrderStatus::Optimal
                        : OrderStatus::Bounded;
  }
  return {std::move(best.order), best.peak_bytes, best.lower_bound_bytes, status, best.states};
}

}  // namespace tilewright::scheduler
