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

Problem side_by_side(Problem a, const Problem& b) {
  const std::size_t first_storage = a.storages.size();
  const std::size_t first_op = a.ops.size();
  const auto moved = [&](StorageId id) { return storage_id(first_storage + index(id)); };
  a.storages.insert(a.storages.end(), b.storages.begin(), b.storages.end());
  for (Op op : b.ops) {
    for (StorageId& id : op.reads)
      id = moved(id);
    for (StorageId& id : op.writes)
      id = moved(id);
    for (InPlacePair& pair : op.in_place)
      pair = {moved(pair.read), moved(pair.write)};
    for (OpId& id : op.after)
      id = op_id(first_op + index(id));
    a.ops.push_back(op);
  }
  return a;
}

}  // namespace tilewright::scheduler
