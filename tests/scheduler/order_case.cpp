// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/order_case.h"

#include "scheduler/dependencies.h"

namespace tilewright::scheduler {

OrderCase order_case(const Problem& problem) {
  const Dependencies lists = dependencies(problem);
  OrderCase result{order_graph(problem, lists), {}};
  for (const OpId id : serialized_order(problem, lists))
    result.order.push_back(static_cast<std::int32_t>(index(id)));
  return result;
}

OrderResult search_order(const Problem& problem, const OrderRules& rules,
                         const OrderLimits& limits) {
  const OrderCase input = order_case(problem);
  return find_order(input.graph, input.order, limits, rules);
}

}  // namespace tilewright::scheduler
