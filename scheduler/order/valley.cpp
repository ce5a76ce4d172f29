// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/valley.h"

#include <algorithm>

namespace tilewright::scheduler {
namespace {

constexpr std::int32_t kSource = 0;
constexpr std::int32_t kSink = 1;
constexpr std::int32_t kNoFlowNode = -1;

const OrderOp& at(const OrderGraph& graph, std::int32_t op) {
  return graph.ops[static_cast<std::size_t>(op)];
}

}  // namespace

ValleyFinder::ValleyFinder(const OrderGraph& graph)
    : graph_(graph),
      node_of_op_(graph.ops.size(), kNoFlowNode),
      seen_storage_(graph.storages.size(), false),
      seen_wait_(graph.waits.size(), false) {}

std::int32_t ValleyFinder::node(std::int32_t op) const {
  return node_of_op_[static_cast<std::size_t>(op)];
}

Valley ValleyFinder::find(std::span<const OpWord> base, std::span<const OpWord> open) {
  return find_before(base, open, kNoOp);
}

Valley ValleyFinder::find_before(std::span<const OpWord> base, std::span<const OpWord> open,
                                 std::int32_t running) {
  base_ = base;
  running_ = running;
  profit_bytes_ = 0;
  network_.reset(2);
  for_each_op(open, [&](std::int32_t op) {
    node_of_op_[static_cast<std::size_t>(op)] = network_.add_node();
    ops_.push_back(op);
  });
  for (const std::int32_t op : ops_)
    add_op(op);
  if (running != kNoOp) add_credits(running);

  const std::int64_t cut_bytes = network_.max_flow(kSource, kSink);
  Valley valley{cut_bytes - profit_bytes_, {base.begin(), base.end()}};
  const std::vector<bool> left_out = network_.sink_side(kSink);
  for (const std::int32_t op : ops_) {
    if (!left_out[static_cast<std::size_t>(node(op))]) flip_op(valley.executed, op);
    node_of_op_[static_cast<std::size_t>(op)] = kNoFlowNode;
  }
  for (const std::int32_t storage : storages_) {
    seen_storage_[static_cast<std::size_t>(storage)] = false;
  }
  for (const std::int32_t wait : waits_)
    seen_wait_[static_cast<std::size_t>(wait)] = false;
  ops_.clear();
  storages_.clear();
  waits_.clear();
  return valley;
}

void ValleyFinder::add_op(std::int32_t op) {
  for (const OrderStep& step : at(graph_, op).steps) {
    for (const std::int32_t storage : step.opens)
      visit(storage);
    for (const std::int32_t storage : step.closes)
      visit(storage);
  }
  for (const std::int32_t wait : at(graph_, op).waits) {
    if (seen_wait_[static_cast<std::size_t>(wait)]) continue;
    seen_wait_[static_cast<std::size_t>(wait)] = true;
    waits_.push_back(wait);
    add_wait(wait);
  }
}

void ValleyFinder::visit(std::int32_t storage) {
  if (seen_storage_[static_cast<std::size_t>(storage)]) return;
  seen_storage_[static_cast<std::size_t>(storage)] = true;
  storages_.push_back(storage);
  add_storage(storage);
}

void ValleyFinder::add_storage(std::int32_t position) {
  const OrderStorage& storage = graph_.storages[static_cast<std::size_t>(position)];
  if (storage.bytes == 0) return;
  add_opening(storage);
  if (!storage.stays_open) add_profit(storage.closers, storage.bytes, kNoOp);
}

/// Each op that waits forces all it waits for, through one node so that edges add up instead of
/// multiplying.
void ValleyFinder::add_wait(std::int32_t position) {
  const OrderWait& wait = graph_.waits[static_cast<std::size_t>(position)];
  if (wait.earlier.size() == 1) {
    const std::int32_t before = node(wait.earlier.front());
    if (before == kNoFlowNode) return;
    for (const std::int32_t after : wait.later) {
      if (node(after) != kNoFlowNode) network_.add_edge(node(after), before, kInfiniteCapacity);
    }
    return;
  }
  const auto is_open = [&](std::int32_t op) { return node(op) != kNoFlowNode; };
  if (std::ranges::none_of(wait.earlier, is_open)) return;
  const std::int32_t complete = network_.add_node();
  for (const std::int32_t after : wait.later) {
    if (is_open(after)) network_.add_edge(node(after), complete, kInfiniteCapacity);
  }
  for (const std::int32_t before : wait.earlier) {
    if (is_open(before)) network_.add_edge(complete, node(before), kInfiniteCapacity);
  }
}

/// Any opener chosen costs the bytes, unless the storage lives anyway.
void ValleyFinder::add_opening(const OrderStorage& storage) {
  const auto lives = [&](std::int32_t op) { return in_base(op) || op == running_; };
  if (storage.open_at_start || std::ranges::any_of(storage.openers, lives)) return;
  const std::int32_t opening = network_.add_node();
  network_.add_edge(opening, kSink, storage.bytes);
  for (const std::int32_t opener : storage.openers) {
    if (node(opener) != kNoFlowNode) network_.add_edge(node(opener), opening, kInfiniteCapacity);
  }
}

/// All of `closers` executed, but for `ignored`, earns the bytes.
void ValleyFinder::add_profit(const std::vector<std::int32_t>& closers, std::int64_t bytes,
                              std::int32_t ignored) {
  const auto can_run = [&](std::int32_t op) {
    return op == ignored || in_base(op) || node(op) != kNoFlowNode;
  };
  if (!std::all_of(closers.begin(), closers.end(), can_run)) return;
  const std::int32_t profit = network_.add_node();
  network_.add_edge(kSource, profit, bytes);
  profit_bytes_ += bytes;
  for (const std::int32_t closer : closers) {
    if (node(closer) != kNoFlowNode) network_.add_edge(profit, node(closer), kInfiniteCapacity);
  }
}

/// Each read may share with the greatest write it is paired with: no matching earns more.
void ValleyFinder::add_credits(std::int32_t running) {
  const OrderStep& step = at(graph_, running).steps.front();
  for (const std::int32_t read : step.closes) {
    std::int64_t bytes = 0;
    for (const WeightedPair& pair : step.pairs) {
      if (pair.read == read) bytes = std::max(bytes, pair.bytes);
    }
    if (bytes == 0) continue;
    add_profit(graph_.storages[static_cast<std::size_t>(read)].closers, bytes, running);
  }
}

}  // namespace tilewright::scheduler
