// SPDX-License-Identifier: Apache-2.0
// The exact order search: decisions about budgets, from both ends, until the bounds meet.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/order/order_decision.h"
#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// What is known about the least peak.
struct OrderBounds {
  std::vector<std::int32_t> order;  // the best known, ops of the problem
  std::int64_t peak_bytes = 0;      // of `order`
  std::int64_t lower_bound_bytes = 0;
  std::int64_t states = 0;  // expanded
};

/// Closes the gap between `bounds` as far as `limits` allow. `reduced` comes from `reduce_graph`.
///
/// In rounds of growing limits it asks for a peak below the best known, which gives a better order
/// or the proof, and for one at the lower bound, which raises the bound; each forward, and backward
/// on the mirrored graph.
[[nodiscard]] OrderBounds search_order(const OrderGraph& reduced, OrderBounds bounds,
                                       const OrderLimits& limits, const OrderRules& rules);

}  // namespace tilewright::scheduler
