// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/live_state.h"

#include <algorithm>
#include <array>

namespace tilewright::scheduler {

LiveState::LiveState(const OrderGraph& graph) : graph_(graph), initial_bytes_(start_bytes(graph)) {
  initial_ready_.assign(word_count(graph.op_count()), 0);
  for (const OrderStorage& storage : graph.storages) {
    initial_.writers_left.push_back(static_cast<std::int32_t>(storage.writers.size()));
    initial_.readers_left.push_back(static_cast<std::int32_t>(storage.readers.size()));
  }
  for (std::int32_t op = 0; op < graph.op_count(); ++op) {
    const std::int32_t causes = graph.ops[static_cast<std::size_t>(op)].causes;
    initial_.causes_left.push_back(causes);
    if (causes == 0) flip_op(initial_ready_, op);
  }
  clear();
}

void LiveState::clear() {
  left_ = initial_;
  ready_ = initial_ready_;
  executed_.assign(ready_.size(), 0);
  live_bytes_ = initial_bytes_;
  executed_count_ = 0;
}

void LiveState::load(std::span<const OpWord> executed) {
  clear();
  for_each_op(executed, [&](std::int32_t op) {
    if (has_op(ready_, op)) flip_op(ready_, op);
    count(op);
  });
  // Ops may be counted before those they wait for: readiness of executed ops is undone here.
  for (std::size_t i = 0; i < ready_.size(); ++i)
    ready_[i] &= ~executed[i];
  live_bytes_ = 0;
  for (std::size_t i = 0; i < graph_.storages.size(); ++i) {
    const OrderStorage& storage = graph_.storages[i];
    const bool dead = !storage.output && left_.writers_left[i] == 0 && left_.readers_left[i] == 0;
    if (is_open(static_cast<std::int32_t>(i)) && !dead) live_bytes_ += storage.bytes;
  }
}

bool LiveState::is_open(std::int32_t storage) const {
  const auto i = static_cast<std::size_t>(storage);
  return graph_.storages[i].input || left_.writers_left[i] < initial_.writers_left[i];
}

std::int64_t LiveState::credit_bytes(const OrderOp& op) const {
  std::array<WeightedPair, 8> few{};
  std::vector<WeightedPair> many;
  std::size_t usable = 0;
  for (const WeightedPair& pair : op.pairs) {
    if (left_.readers_left[static_cast<std::size_t>(pair.read)] != 1) continue;
    if (is_open(static_cast<std::int32_t>(pair.write))) continue;
    if (op.pairs.size() > few.size())
      many.push_back(pair);
    else
      few[usable] = pair;
    ++usable;
  }
  if (usable == 0) return 0;
  if (usable == 1) return many.empty() ? few[0].bytes : many[0].bytes;
  const std::span<const WeightedPair> pairs =
      many.empty() ? std::span<const WeightedPair>(few.data(), usable) : many;
  std::int64_t bytes = 0;
  for (const std::size_t chosen : best_matching(pairs))
    bytes += pairs[chosen].bytes;
  return bytes;
}

std::int64_t LiveState::closed_bytes(const OrderOp& op) const {
  std::int64_t bytes = 0;
  for (const std::int32_t read : op.reads) {
    const auto i = static_cast<std::size_t>(read);
    if (left_.readers_left[i] == 1 && !graph_.storages[i].output) bytes += graph_.storages[i].bytes;
  }
  for (const std::int32_t write : op.writes) {
    const auto i = static_cast<std::size_t>(write);
    const bool dies = left_.writers_left[i] == 1 && graph_.storages[i].readers.empty();
    if (dies && !graph_.storages[i].output) bytes += graph_.storages[i].bytes;
  }
  return bytes;
}

StepCost LiveState::cost(std::int32_t op_position) const {
  const OrderOp& op = graph_.ops[static_cast<std::size_t>(op_position)];
  std::int64_t opened_bytes = 0;
  for (const std::int32_t write : op.writes) {
    if (!is_open(write)) opened_bytes += graph_.storages[static_cast<std::size_t>(write)].bytes;
  }
  return {live_bytes_ + opened_bytes + op.scratch_bytes - credit_bytes(op),
          live_bytes_ + opened_bytes - closed_bytes(op)};
}

void LiveState::release(std::int32_t op) {
  if (--left_.causes_left[static_cast<std::size_t>(op)] == 0) flip_op(ready_, op);
}

void LiveState::count(std::int32_t op_position) {
  const OrderOp& op = graph_.ops[static_cast<std::size_t>(op_position)];
  for (const std::int32_t read : op.reads)
    --left_.readers_left[static_cast<std::size_t>(read)];
  for (const std::int32_t write : op.writes) {
    if (--left_.writers_left[static_cast<std::size_t>(write)] > 0) continue;
    for (const std::int32_t reader : graph_.storages[static_cast<std::size_t>(write)].readers) {
      release(reader);
    }
  }
  for (const std::int32_t follower : op.followers)
    release(follower);
  flip_op(executed_, op_position);
  ++executed_count_;
}

void LiveState::run(std::int32_t op) {
  TILEWRIGHT_DCHECK(has_op(ready_, op));
  live_bytes_ = cost(op).after_bytes;
  flip_op(ready_, op);
  count(op);
}

}  // namespace tilewright::scheduler
