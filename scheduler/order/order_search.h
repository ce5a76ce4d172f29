// SPDX-License-Identifier: Apache-2.0
// Which op next: an order of least peak, by heuristics, bounds and the exact search, in this order.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/order/order_exact.h"
#include "scheduler/order/order_graph.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

struct OrderResult {
  std::vector<std::int32_t> order;
  std::int64_t peak_bytes = 0;
  std::int64_t lower_bound_bytes = 0;
  OrderStatus status = OrderStatus::Heuristic;
  std::int64_t states = 0;  // expanded by the exact search
};

/// The best order found from `serialized`, which must be a topological order, and what is proven.
[[nodiscard]] OrderResult find_order(const OrderGraph& graph,
                                     const std::vector<std::int32_t>& serialized,
                                     const OrderLimits& limits, const OrderRules& rules);

}  // namespace tilewright::scheduler
