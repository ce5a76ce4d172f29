// SPDX-License-Identifier: Apache-2.0
#include "scheduler/explain.h"

#include <algorithm>
#include <utility>

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

/// The fullest step of a solution and the storages alive in it, the largest first.
struct Peak {
  std::int64_t step = 0;
  std::vector<StorageId> storages;
};

Peak peak_of(const Problem& problem, const Dependencies& lists, const Solution& solution) {
  const std::vector<Lifetime> lives = lifetimes(problem, lists, solution.order);
  const std::vector<std::int64_t> bytes =
      step_bytes(problem, lives, solution.order, solution.in_place_used);
  Peak peak;
  peak.step = std::max_element(bytes.begin(), bytes.end()) - bytes.begin();
  for (std::size_t i = 0; i < lives.size(); ++i) {
    if (lives[i].begin <= peak.step && peak.step < lives[i].end)
      peak.storages.push_back(storage_id(i));
  }
  std::stable_sort(peak.storages.begin(), peak.storages.end(), [&](StorageId a, StorageId b) {
    return aligned_bytes(problem, a) > aligned_bytes(problem, b);
  });
  return peak;
}

}  // namespace

Explanation explain(const Problem& problem, const Solution& solution, const OrderLimits& limits) {
  const Dependencies lists = dependencies(problem);
  Peak peak = peak_of(problem, lists, solution);
  Explanation result;
  result.step = peak.step;
  result.storages = std::move(peak.storages);
  for (const StorageId id : result.storages)
    result.credit_bytes += aligned_bytes(problem, id);
  if (!solution.order.empty()) {
    const Op& op = problem.ops[index(solution.order[static_cast<std::size_t>(result.step)])];
    result.scratch_bytes = op.scratch_bytes;
    result.untouched_bytes = untouched_bytes(problem, op, result.storages);
  }
  result.credit_bytes += result.scratch_bytes - solution.peak_bytes;
  result.traffic_free_bytes = traffic_free_bytes(problem, lists, solution.order, limits);
  return result;
}

std::string peak_text(const Problem& problem, const Solution& solution) {
  constexpr std::size_t kMostNamed = 12;
  const Peak peak = peak_of(problem, dependencies(problem), solution);
  std::string text;
  std::int64_t rest_bytes = 0;
  for (std::size_t i = 0; i < peak.storages.size(); ++i) {
    const std::int64_t bytes = aligned_bytes(problem, peak.storages[i]);
    if (i >= kMostNamed) {
      rest_bytes += bytes;
      continue;
    }
    text += (text.empty() ? "'" : ", '") + problem.storages[index(peak.storages[i])].name + "' " +
            std::to_string(bytes);
  }
  if (peak.storages.size() <= kMostNamed) return text;
  return text + " and " + std::to_string(peak.storages.size() - kMostNamed) + " more of " +
         std::to_string(rest_bytes);
}

}  // namespace tilewright::scheduler
