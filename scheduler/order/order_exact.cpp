// SPDX-License-Identifier: Apache-2.0
// Three facts carry the search; live memory is submodular on the sets of executed ops.
//
// Bottleneck: states leave the queue by the peak they need, so that peak is a lower bound.
// Free move: an op that leaves no more live memory than it finds, and needs no more than the lower
//   bound while it runs, loses nothing if it runs at once.
// Commit: let S be reached from its ancestor A with mem(S) <= mem(A), and M the greatest set of
// least
//   memory between A and S. Every completion of A is as good from M: all else below A is discarded.
//   The ops of the path from A to S that lie in M, in their order, lead to M within the same peak.
#include "scheduler/order/order_exact.h"

#include <algorithm>
#include <queue>
#include <tuple>

#include "scheduler/order/live_state.h"
#include "scheduler/order/order_greedy.h"
#include "scheduler/order/state_table.h"
#include "scheduler/order/valley.h"

namespace tilewright::scheduler {
namespace {

/// A state to be expanded: the state of `parent` after `op`.
struct Entry {
  std::int64_t needed_bytes = 0;  // the peak of the way there
  std::int32_t executed_count = 0;
  std::uint64_t tie = 0;
  std::int32_t parent = kNoNode;
  std::int32_t op = 0;
};

struct ExpandedLater {
  /// Lower peaks first, then deeper states.
  bool operator()(const Entry& a, const Entry& b) const {
    return std::tuple(a.needed_bytes, -a.executed_count, a.tie) >
           std::tuple(b.needed_bytes, -b.executed_count, b.tie);
  }
};

std::uint64_t scramble(std::uint64_t value) {
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  return value ^ (value >> 33);
}

class Search {
 public:
  Search(const OrderGraph& graph, const OrderLimits& limits, const OrderRules& rules,
         std::uint64_t seed)
      : graph_(graph),
        limits_(limits),
        rules_(rules),
        seed_(seed),
        state_(graph),
        finder_(graph),
        table_(graph.op_count()) {}

  ExactOrder run(std::int64_t lower_bound_bytes, std::int64_t incumbent_bytes) {
    bound_bytes_ = std::max(lower_bound_bytes, state_.live_bytes());
    incumbent_bytes_ = incumbent_bytes;
    std::vector<std::int32_t> ops;
    expand(kNoNode, ops);
    while (order_.empty() && !queue_.empty() && !at_limit()) {
      const Entry entry = queue_.top();
      queue_.pop();
      if (!table_.is_alive(entry.parent)) continue;
      bound_bytes_ = std::max(bound_bytes_, entry.needed_bytes);
      state_.load(table_.executed(entry.parent));
      state_.run(entry.op);
      ops.assign(1, entry.op);
      expand(entry.parent, ops);
      ++states_;
    }
    return result();
  }

 private:
  [[nodiscard]] bool at_limit() const {
    const auto queue_bytes = static_cast<std::int64_t>(queue_.size() * sizeof(Entry));
    if (states_ >= limits_.max_states) return true;
    if (table_.table_bytes() + queue_bytes > limits_.max_table_bytes) return true;
    // Looking at the clock costs as much as a small state.
    return limits_.deadline && states_ % 64 == 0 &&
           std::chrono::steady_clock::now() >= *limits_.deadline;
  }

  /// Makes `state_`, reached from `parent` by `ops`, a node and queues what may run next.
  void expand(std::int32_t parent, std::vector<std::int32_t>& ops) {
    do {
      if (rules_.free_moves) run_free_moves(state_, bound_bytes_, ops);
      if (state_.complete()) {
        order_ = table_.path(kNoNode, parent);
        order_.insert(order_.end(), ops.begin(), ops.end());
        return;
      }
      const std::int32_t known = table_.find(state_.executed());
      if (known != kNoNode && table_.is_alive(known)) return;
    } while (rules_.commits && commit(parent, ops));
    const std::int32_t node = table_.add(state_.executed(), parent, state_.live_bytes(), ops);
    deepest_ = deepest_ == kNoNode || state_.executed_count() > deepest_count_ ? node : deepest_;
    deepest_count_ = std::max(deepest_count_, state_.executed_count());
    push_children(node);
  }

  /// If memory has fallen back to that of an ancestor, discards it and moves `state_` to the
  /// valley.
  bool commit(std::int32_t& parent, std::vector<std::int32_t>& ops) {
    std::int32_t ancestor = kNoNode;
    for (std::int32_t node = parent; node != kNoNode; node = table_.parent(node)) {
      if (table_.live_bytes(node) >= state_.live_bytes()) ancestor = node;
    }
    if (ancestor == kNoNode) return false;
    const std::span<const OpWord> base = table_.executed(ancestor);
    std::vector<OpWord> open(base.size());
    for (std::size_t i = 0; i < base.size(); ++i)
      open[i] = state_.executed()[i] & ~base[i];
    const Valley valley = finder_.find(base, open);

    std::vector<std::int32_t> way = table_.path(ancestor, parent);
    way.insert(way.end(), ops.begin(), ops.end());
    const auto above = table_.ops(ancestor);
    ops.assign(above.begin(), above.end());
    std::copy_if(way.begin(), way.end(), std::back_inserter(ops),
                 [&](std::int32_t op) { return has_op(valley.executed, op); });
    table_.discard(ancestor);
    parent = table_.parent(ancestor);
    state_.load(valley.executed);
    return true;
  }

  void push_children(std::int32_t node) {
    for_each_op(state_.ready(), [&](std::int32_t op) {
      const std::int64_t needed_bytes = std::max(bound_bytes_, state_.cost(op).needed_bytes);
      if (needed_bytes >= incumbent_bytes_) return;
      ++pushed_;
      const std::uint64_t tie =
          seed_ == 0 ? pushed_ : scramble(pushed_ * 0x9e3779b97f4a7c15 ^ seed_);
      queue_.push({needed_bytes, state_.executed_count() + 1, tie, node, op});
    });
  }

  ExactOrder result() {
    ExactOrder found;
    found.states = states_;
    found.lower_bound_bytes = bound_bytes_;
    if (!order_.empty()) {
      found.finished = true;
      found.peak_bytes = bound_bytes_;
      found.order = std::move(order_);
    } else if (queue_.empty()) {
      found.finished = true;
      found.lower_bound_bytes = incumbent_bytes_;
    } else if (deepest_ != kNoNode) {
      found.order = table_.path(kNoNode, deepest_);
      state_.load(table_.executed(deepest_));
      complete_greedily(state_, bound_bytes_, found.order);
      found.peak_bytes = order_peak_bytes(state_, found.order);
    }
    return found;
  }

  const OrderGraph& graph_;
  const OrderLimits& limits_;
  const OrderRules& rules_;
  std::uint64_t seed_;
  LiveState state_;
  ValleyFinder finder_;
  StateTable table_;
  std::priority_queue<Entry, std::vector<Entry>, ExpandedLater> queue_;
  std::vector<std::int32_t> order_;
  std::int64_t bound_bytes_ = 0;  // no order has a smaller peak
  std::int64_t incumbent_bytes_ = 0;
  std::int64_t states_ = 0;
  std::uint64_t pushed_ = 0;
  std::int32_t deepest_ = kNoNode;
  std::int32_t deepest_count_ = 0;
};

}  // namespace

ExactOrder search_order(const OrderGraph& graph, std::int64_t lower_bound_bytes,
                        std::int64_t incumbent_bytes, const OrderLimits& limits,
                        const OrderRules& rules, std::uint64_t seed) {
  return Search(graph, limits, rules, seed).run(lower_bound_bytes, incumbent_bytes);
}

}  // namespace tilewright::scheduler
