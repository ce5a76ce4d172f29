// SPDX-License-Identifier: Apache-2.0
#include "scheduler/explain.h"

#include <algorithm>

#include "scheduler/cost.h"
#include "scheduler/order/order_search.h"

namespace tilewright::scheduler {
namespace {

/// The least peak, or a bound of it, if inputs come when they are first read and outputs leave when
/// they are last touched.
std::int64_t traffic_free_bytes(const Problem& problem, const Dependencies& lists,
                                const std::vector<OpId>& order, const OrderLimits& limits) {
  OrderGraph graph = order_graph(problem, lists);
  for (OrderStorage& storage : graph.storages) {
    storage.open_at_start = false;
    storage.stays_open = false;
    if (storage.openers.empty()) storage.bytes = 0;
  }
  std::vector<std::int32_t> positions;
  for (const OpId id : order)
    positions.push_back(static_cast<std::int32_t>(index(id)));
  return find_order(graph, positions, limits, {}).lower_bound_bytes;
}

std::int64_t untouched_bytes(const Problem& problem, const Op& op,
                             const std::vector<StorageId>& alive) {
  std::int64_t bytes = 0;
  for (const StorageId id : alive) {
    const bool touched = std::ranges::find(op.reads, id) != op.reads.end() ||
                         std::ranges::find(op.writes, id) != op.writes.end();
    if (!touched) bytes += aligned_bytes(problem, id);
  }
  return bytes;
}

}  // namespace

Explanation explain(const Problem& problem, const Solution& solution, const OrderLimits& limits) {
  const Dependencies lists = dependencies(problem);
  const std::vector<Lifetime> lives = lifetimes(problem, lists, solution.order);
  const std::vector<std::int64_t> bytes =
      step_bytes(problem, lives, solution.order, solution.in_place_used);
  Explanation result;
  result.step = std::max_element(bytes.begin(), bytes.end()) - bytes.begin();
  for (std::size_t i = 0; i < lives.size(); ++i) {
    const bool alive = lives[i].begin <= result.step && result.step < lives[i].end;
    if (alive) result.storages.push_back(storage_id(i));
    result.credit_bytes += alive ? aligned_bytes(problem, storage_id(i)) : 0;
  }
  std::stable_sort(result.storages.begin(), result.storages.end(), [&](StorageId a, StorageId b) {
    return aligned_bytes(problem, a) > aligned_bytes(problem, b);
  });
  if (!solution.order.empty()) {
    const Op& op = problem.ops[index(solution.order[static_cast<std::size_t>(result.step)])];
    result.scratch_bytes = op.scratch_bytes;
    result.untouched_bytes = untouched_bytes(problem, op, result.storages);
  }
  result.credit_bytes += result.scratch_bytes - solution.peak_bytes;
  result.traffic_free_bytes = traffic_free_bytes(problem, lists, solution.order, limits);
  return result;
}

}  // namespace tilewright::scheduler
