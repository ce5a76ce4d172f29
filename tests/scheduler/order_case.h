// SPDX-License-Identifier: Apache-2.0
// Problems as the order search takes them.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/order/order_search.h"

namespace tilewright::scheduler {

struct OrderCase {
  OrderGraph graph;
  std::vector<std::int32_t> order;  // topological: the serialized one
};

[[nodiscard]] OrderCase order_case(const Problem& problem);

/// What the search finds, from the serialized order.
[[nodiscard]] OrderResult search_order(const Problem& problem, const OrderRules& rules,
                                       const OrderLimits& limits = {});

/// One problem whose ops are those of `a`, then those of `b`, which share nothing.
[[nodiscard]] Problem side_by_side(Problem a, const Problem& b);

}  // namespace tilewright::scheduler
