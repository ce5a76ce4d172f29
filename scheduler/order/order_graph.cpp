// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_graph.h"

#include <algorithm>

#include "scheduler/cost.h"

namespace tilewright::scheduler {
namespace {

template <typename Id>
std::vector<std::int32_t> positions(const std::vector<Id>& ids) {
  std::vector<std::int32_t> result;
  for (const Id id : ids)
    result.push_back(static_cast<std::int32_t>(index(id)));
  return result;
}

std::vector<WeightedPair> pairs_of(const Problem& problem, const Op& op) {
  std::vector<WeightedPair> pairs;
  for (const InPlacePair& pair : op.in_place) {
    const Storage& read = problem.storages[index(pair.read)];
    if (read.output || read.constant) continue;
    const std::int64_t bytes =
        std::min(aligned_bytes(problem, pair.read), aligned_bytes(problem, pair.write));
    pairs.push_back({static_cast<std::int64_t>(index(pair.read)),
                     static_cast<std::int64_t>(index(pair.write)), bytes});
  }
  return pairs;
}

}  // namespace

OrderGraph order_graph(const Problem& problem, const Dependencies& dependencies) {
  OrderGraph graph;
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    const Storage& storage = problem.storages[i];
    const std::int64_t bytes = storage.constant ? 0 : aligned_bytes(problem, storage_id(i));
    graph.storages.push_back({bytes, storage.input, storage.output, storage.constant,
                              positions(dependencies.writers[i]),
                              positions(dependencies.readers[i])});
  }
  for (std::size_t i = 0; i < problem.ops.size(); ++i) {
    const Op& op = problem.ops[i];
    auto causes = static_cast<std::int32_t>(op.after.size());
    for (const StorageId id : op.reads)
      causes += dependencies.writers[index(id)].empty() ? 0 : 1;
    graph.ops.push_back({op.scratch_bytes, causes, positions(op.reads), positions(op.writes),
                         positions(op.after), positions(dependencies.followers[i]),
                         pairs_of(problem, op)});
  }
  return graph;
}

std::int64_t start_bytes(const OrderGraph& graph) {
  std::int64_t bytes = 0;
  for (const OrderStorage& storage : graph.storages) {
    if (storage.input && (storage.output || !storage.readers.empty())) bytes += storage.bytes;
  }
  return bytes;
}

std::int64_t end_bytes(const OrderGraph& graph) {
  std::int64_t bytes = 0;
  for (const OrderStorage& storage : graph.storages)
    bytes += storage.output ? storage.bytes : 0;
  return bytes;
}

std::int64_t operand_bound_bytes(const OrderGraph& graph) {
  std::int64_t bound_bytes = std::max(start_bytes(graph), end_bytes(graph));
  for (const OrderOp& op : graph.ops) {
    std::int64_t bytes = op.scratch_bytes;
    for (const auto* list : {&op.reads, &op.writes}) {
      for (const std::int32_t storage : *list) {
        bytes += graph.storages[static_cast<std::size_t>(storage)].bytes;
      }
    }
    for (const std::size_t pair : best_matching(op.pairs))
      bytes -= op.pairs[pair].bytes;
    bound_bytes = std::max(bound_bytes, bytes);
  }
  return bound_bytes;
}

}  // namespace tilewright::scheduler
