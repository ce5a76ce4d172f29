// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_graph.h"

#include <algorithm>
#include <utility>

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

OrderStorage order_storage(const Problem& problem, const Dependencies& lists, std::size_t i) {
  const Storage& storage = problem.storages[i];
  const auto& writers = lists.writers[i];
  const auto& readers = lists.readers[i];
  OrderStorage result{0, storage.input, storage.output, positions(writers), positions(readers)};
  const bool dead = !storage.output && writers.empty() && readers.empty();
  if (!storage.constant && !dead) result.bytes = aligned_bytes(problem, storage_id(i));
  if (writers.empty()) result.openers = result.closers;
  if (readers.empty()) result.closers = result.openers;
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

OrderStep order_step(const Problem& problem, const Dependencies& lists, const Op& op) {
  OrderStep step{op.scratch_bytes, {}, {}, pairs_of(problem, op)};
  for (const StorageId id : op.writes) {
    step.opens.push_back(static_cast<std::int32_t>(index(id)));
    if (lists.readers[index(id)].empty()) step.closes.push_back(step.opens.back());
  }
  for (const StorageId id : op.reads) {
    step.closes.push_back(static_cast<std::int32_t>(index(id)));
    if (lists.writers[index(id)].empty()) step.opens.push_back(step.closes.back());
  }
  return step;
}

void reverse_steps(OrderOp& op) {
  std::reverse(op.steps.begin(), op.steps.end());
  std::reverse(op.members.begin(), op.members.end());
  std::swap(op.waits, op.releases);
  for (OrderStep& step : op.steps) {
    std::swap(step.opens, step.closes);
    for (WeightedPair& pair : step.pairs)
      std::swap(pair.read, pair.write);
  }
}

}  // namespace

OrderGraph order_graph(const Problem& problem, const Dependencies& dependencies) {
  OrderGraph graph;
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    graph.storages.push_back(order_storage(problem, dependencies, i));
    const auto& writers = dependencies.writers[i];
    const auto& readers = dependencies.readers[i];
    if (writers.empty() || readers.empty()) continue;
    graph.waits.push_back({positions(writers), positions(readers)});
  }
  for (std::size_t i = 0; i < problem.ops.size(); ++i) {
    const auto position = static_cast<std::int32_t>(i);
    const auto& followers = dependencies.followers[i];
    if (!followers.empty()) graph.waits.push_back({{position}, positions(followers)});
    graph.ops.push_back({{order_step(problem, dependencies, problem.ops[i])}, {}, {}, {position}});
  }
  link_waits(graph);
  return graph;
}

void link_waits(OrderGraph& graph) {
  for (std::size_t i = 0; i < graph.waits.size(); ++i) {
    const auto position = static_cast<std::int32_t>(i);
    for (const std::int32_t op : graph.waits[i].earlier)
      graph.ops[static_cast<std::size_t>(op)].releases.push_back(position);
    for (const std::int32_t op : graph.waits[i].later)
      graph.ops[static_cast<std::size_t>(op)].waits.push_back(position);
  }
}

OrderGraph mirrored(const OrderGraph& graph) {
  OrderGraph result = graph;
  const auto mirror = [&](std::vector<std::int32_t>& ops) {
    for (std::int32_t& op : ops)
      op = graph.op_count() - 1 - op;
    std::reverse(ops.begin(), ops.end());
  };
  for (OrderStorage& storage : result.storages) {
    std::swap(storage.open_at_start, storage.stays_open);
    std::swap(storage.openers, storage.closers);
    mirror(storage.openers);
    mirror(storage.closers);
  }
  for (OrderWait& wait : result.waits) {
    std::swap(wait.earlier, wait.later);
    mirror(wait.earlier);
    mirror(wait.later);
  }
  std::reverse(result.ops.begin(), result.ops.end());
  for (OrderOp& op : result.ops)
    reverse_steps(op);
  return result;
}

std::int64_t start_bytes(const OrderGraph& graph) {
  std::int64_t bytes = 0;
  for (const OrderStorage& storage : graph.storages)
    bytes += storage.open_at_start ? storage.bytes : 0;
  return bytes;
}

std::int64_t end_bytes(const OrderGraph& graph) {
  std::int64_t bytes = 0;
  for (const OrderStorage& storage : graph.storages)
    bytes += storage.stays_open ? storage.bytes : 0;
  return bytes;
}

std::int64_t operand_bound_bytes(const OrderGraph& graph) {
  std::int64_t bound_bytes = std::max(start_bytes(graph), end_bytes(graph));
  for (const OrderOp& op : graph.ops) {
    const OrderStep& step = op.steps.front();
    std::vector<std::int32_t> operands = step.opens;
    operands.insert(operands.end(), step.closes.begin(), step.closes.end());
    std::sort(operands.begin(), operands.end());
    operands.erase(std::unique(operands.begin(), operands.end()), operands.end());
    std::int64_t bytes = step.scratch_bytes;
    for (const std::int32_t storage : operands)
      bytes += graph.storages[static_cast<std::size_t>(storage)].bytes;
    bytes -= matching_bytes(step.pairs);
    bound_bytes = std::max(bound_bytes, bytes);
  }
  return bound_bytes;
}

std::vector<std::int32_t> members_in_order(const OrderGraph& graph,
                                           const std::vector<std::int32_t>& order) {
  std::vector<std::int32_t> result;
  for (const std::int32_t op : order) {
    const auto& members = graph.ops[static_cast<std::size_t>(op)].members;
    result.insert(result.end(), members.begin(), members.end());
  }
  return result;
}

std::vector<OpId> op_ids(const std::vector<std::int32_t>& order) {
  std::vector<OpId> ids;
  for (const std::int32_t op : order)
    ids.push_back(op_id(static_cast<std::size_t>(op)));
  return ids;
}

}  // namespace tilewright::scheduler
