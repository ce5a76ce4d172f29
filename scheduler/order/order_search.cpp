// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_search.h"

#include <utility>

#include "scheduler/order/order_greedy.h"

namespace tilewright::scheduler {
namespace {

// Greedy steps look at every ready op: above this many ops they would take seconds.
constexpr std::int32_t kMaxSearchedOps = 4'096;

}  // namespace

OrderResult find_order(const OrderGraph& graph, const std::vector<std::int32_t>& serialized) {
  LiveState state(graph);
  OrderResult best{serialized, order_peak_bytes(state, serialized), operand_bound_bytes(graph),
                   OrderStatus::Heuristic, 0};
  const auto offer = [&](std::vector<std::int32_t> order) {
    const std::int64_t peak_bytes = order_peak_bytes(state, order);
    if (peak_bytes >= best.peak_bytes) return;
    best.peak_bytes = peak_bytes;
    best.order = std::move(order);
  };
  offer(post_order(graph));
  if (graph.op_count() <= kMaxSearchedOps) {
    std::vector<std::int32_t> greedy;
    state.clear();
    complete_greedily(state, best.lower_bound_bytes, greedy);
    offer(std::move(greedy));
  }
  if (best.peak_bytes == best.lower_bound_bytes) best.status = OrderStatus::FlowTight;
  return best;
}

}  // namespace tilewright::scheduler
