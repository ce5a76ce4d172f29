// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/live_state.h"

#include <algorithm>
#include <array>

namespace tilewright::scheduler {
namespace {

const OrderOp& op_at(const OrderGraph& graph, std::int32_t op) {
  return graph.ops[static_cast<std::size_t>(op)];
}
const OrderStorage& storage_at(const OrderGraph& graph, std::int32_t storage) {
  return graph.storages[static_cast<std::size_t>(storage)];
}

}  // namespace

LiveState::LiveState(const OrderGraph& graph) : graph_(graph) {
  initial_ready_.assign(word_count(graph.op_count()), 0);
  target_ = initial_ready_;
  for (const OrderStorage& storage : graph.storages) {
    initial_.openers.push_back(static_cast<std::int32_t>(storage.openers.size()));
    initial_.closers.push_back(static_cast<std::int32_t>(storage.closers.size()));
  }
  for (const OrderWait& wait : graph.waits) {
    initial_.earlier.push_back(static_cast<std::int32_t>(wait.earlier.size()));
  }
  for (std::int32_t op = 0; op < graph.op_count(); ++op) {
    initial_.waits.push_back(static_cast<std::int32_t>(op_at(graph, op).waits.size()));
    if (initial_.waits.back() == 0) flip_op(initial_ready_, op);
  }
  clear();
}

void LiveState::clear() {
  left_ = initial_;
  ready_ = initial_ready_;
  executed_.assign(ready_.size(), 0);
  live_bytes_ = start_bytes(graph_);
  executed_count_ = 0;
}

bool LiveState::is_open(std::int32_t storage) const {
  const auto i = static_cast<std::size_t>(storage);
  return graph_.storages[i].open_at_start || left_.openers[i] < initial_.openers[i];
}

/// A pair is usable if this op is the first to open the write and the last to close the read.
std::int64_t LiveState::credit_bytes(const OrderStep& step) const {
  std::array<WeightedPair, 8> few{};
  std::vector<WeightedPair> many;
  std::size_t usable = 0;
  for (const WeightedPair& pair : step.pairs) {
    if (left_.closers[static_cast<std::size_t>(pair.read)] != 1) continue;
    if (is_open(static_cast<std::int32_t>(pair.write))) continue;
    if (step.pairs.size() > few.size())
      many.push_back(pair);
    else
      few[usable] = pair;
    ++usable;
  }
  if (usable == 0) return 0;
  if (usable == 1) return many.empty() ? few[0].bytes : many[0].bytes;
  const std::span<const WeightedPair> pairs =
      many.empty() ? std::span<const WeightedPair>(few.data(), usable) : many;
  return matching_bytes(pairs);
}

StepCost LiveState::cost(std::int32_t op) const {
  StepCost cost{0, live_bytes_};
  for (const OrderStep& step : op_at(graph_, op).steps) {
    for (const std::int32_t storage : step.opens) {
      if (!is_open(storage)) cost.after_bytes += storage_at(graph_, storage).bytes;
    }
    const std::int64_t credit = step.pairs.empty() ? 0 : credit_bytes(step);
    const std::int64_t needed_bytes = cost.after_bytes + step.scratch_bytes - credit;
    cost.needed_bytes = std::max(cost.needed_bytes, needed_bytes);
    for (const std::int32_t storage : step.closes) {
      if (left_.closers[static_cast<std::size_t>(storage)] != 1) continue;
      const OrderStorage& closed = storage_at(graph_, storage);
      if (!closed.stays_open) cost.after_bytes -= closed.bytes;
    }
  }
  return cost;
}

void LiveState::count_run(std::int32_t position) {
  const OrderOp& op = op_at(graph_, position);
  for (const OrderStep& step : op.steps) {
    for (const std::int32_t storage : step.opens)
      --left_.openers[static_cast<std::size_t>(storage)];
    for (const std::int32_t storage : step.closes)
      --left_.closers[static_cast<std::size_t>(storage)];
  }
  for (const std::int32_t wait : op.releases) {
    if (--left_.earlier[static_cast<std::size_t>(wait)] > 0) continue;
    for (const std::int32_t after : graph_.waits[static_cast<std::size_t>(wait)].later) {
      if (--left_.waits[static_cast<std::size_t>(after)] == 0) flip_op(ready_, after);
    }
  }
  flip_op(executed_, position);
  flip_op(ready_, position);
  ++executed_count_;
}

/// Undoes a run after which nothing has run that waits for it.
void LiveState::count_undone(std::int32_t position) {
  const OrderOp& op = op_at(graph_, position);
  for (const OrderStep& step : op.steps) {
    for (const std::int32_t storage : step.opens)
      ++left_.openers[static_cast<std::size_t>(storage)];
    for (const std::int32_t storage : step.closes)
      ++left_.closers[static_cast<std::size_t>(storage)];
  }
  for (const std::int32_t wait : op.releases) {
    if (++left_.earlier[static_cast<std::size_t>(wait)] > 1) continue;
    for (const std::int32_t after : graph_.waits[static_cast<std::size_t>(wait)].later) {
      if (++left_.waits[static_cast<std::size_t>(after)] == 1) flip_op(ready_, after);
    }
  }
  flip_op(executed_, position);
  flip_op(ready_, position);
  --executed_count_;
}

std::int64_t live_bytes(const OrderGraph& graph, std::span<const OpWord> executed) {
  const auto has_run = [&](std::int32_t op) { return has_op(executed, op); };
  std::int64_t bytes = 0;
  for (const OrderStorage& storage : graph.storages) {
    if (storage.bytes == 0) continue;
    const bool open = storage.open_at_start || std::ranges::any_of(storage.openers, has_run);
    const bool closed = !storage.stays_open && std::ranges::all_of(storage.closers, has_run);
    if (open && !closed) bytes += storage.bytes;
  }
  return bytes;
}

void LiveState::run(std::int32_t op) {
  TILEWRIGHT_DCHECK(has_op(ready_, op));
  live_bytes_ = cost(op).after_bytes;
  count_run(op);
}

void LiveState::move_to(std::span<const OpWord> executed) {
  target_.assign(executed.begin(), executed.end());
  // Ops are numbered so that each waits only for lower ones: undone from the highest down.
  for (std::size_t i = executed_.size(); i-- > 0;) {
    for (OpWord word = executed_[i] & ~target_[i]; word != 0;) {
      const int bit = 63 - std::countl_zero(word);
      word &= ~(OpWord{1} << bit);
      const auto op = static_cast<std::int32_t>(i * 64) + bit;
      count_undone(op);
      live_bytes_ += live_bytes_ - cost(op).after_bytes;
    }
  }
  for (std::size_t i = 0; i < executed_.size(); ++i) {
    for (OpWord word = target_[i] & ~executed_[i]; word != 0; word &= word - 1) {
      run(static_cast<std::int32_t>(i * 64) + std::countr_zero(word));
    }
  }
}

}  // namespace tilewright::scheduler
