// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_search.h"

#include <limits>
#include <utility>

#include "scheduler/order/flow_bound.h"
#include "scheduler/order/order_greedy.h"

namespace tilewright::scheduler {
namespace {

// Greedy steps and states look at every ready op: above this many ops they would take seconds.
constexpr std::int32_t kMaxSearchedOps = 4'096;

void offer(LiveState& state, std::vector<std::int32_t> order, OrderResult& best) {
  const std::int64_t peak_bytes = order_peak_bytes(state, order);
  if (peak_bytes >= best.peak_bytes) return;
  best.peak_bytes = peak_bytes;
  best.order = std::move(order);
}

void try_heuristics(const OrderGraph& graph, OrderResult& best) {
  LiveState state(graph);
  offer(state, post_order(graph), best);
  if (graph.op_count() > kMaxSearchedOps) return;
  std::vector<std::int32_t> greedy;
  state.clear();
  complete_greedily(state, best.lower_bound_bytes, greedy);
  offer(state, std::move(greedy), best);
}

void search(const OrderGraph& graph, const OrderLimits& limits, const OrderRules& rules,
            OrderResult& best) {
  const std::int64_t incumbent_bytes =
      rules.heuristics ? best.peak_bytes : std::numeric_limits<std::int64_t>::max();
  ExactOrder found = search_order(graph, best.lower_bound_bytes, incumbent_bytes, limits, rules, 0);
  best.states = found.states;
  best.lower_bound_bytes = found.lower_bound_bytes;
  if (!found.order.empty() && found.peak_bytes <= best.peak_bytes) {
    best.order = std::move(found.order);
    best.peak_bytes = found.peak_bytes;
  }
  const bool proven = found.finished || best.peak_bytes == best.lower_bound_bytes;
  best.status = proven ? OrderStatus::Optimal : OrderStatus::Bounded;
}

}  // namespace

OrderResult find_order(const OrderGraph& graph, const std::vector<std::int32_t>& serialized,
                       const OrderLimits& limits, const OrderRules& rules) {
  LiveState state(graph);
  OrderResult best{serialized, order_peak_bytes(state, serialized), operand_bound_bytes(graph),
                   OrderStatus::Heuristic, 0};
  if (rules.heuristics) try_heuristics(graph, best);
  const bool searchable = graph.op_count() <= kMaxSearchedOps;
  if (rules.flow_bound && searchable && best.peak_bytes > best.lower_bound_bytes) {
    best.lower_bound_bytes = flow_bound_bytes(graph, best.order, best.lower_bound_bytes);
  }
  if (best.peak_bytes == best.lower_bound_bytes) {
    best.status = OrderStatus::FlowTight;
  } else if (searchable) {
    search(graph, limits, rules, best);
  }
  return best;
}

}  // namespace tilewright::scheduler
