// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_decision.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <tuple>

#include "scheduler/order/graph_parts.h"
#include "scheduler/order/live_state.h"
#include "scheduler/order/order_greedy.h"
#include "scheduler/order/state_table.h"
#include "scheduler/order/valley.h"

namespace tilewright::scheduler {
namespace {

// Of this many states one is taken from the deep end.
constexpr std::int64_t kDeepPeriod = 4;

/// A state of the table that waits to be expanded.
struct Waiting {
  std::int32_t executed_count = 0;
  std::int64_t live_bytes = 0;
  std::uint64_t tie = 0;
  std::int32_t node = kNoNode;
};

struct ShallowLast {
  bool operator()(const Waiting& a, const Waiting& b) const {
    return std::tuple(a.executed_count, a.live_bytes, a.tie) >
           std::tuple(b.executed_count, b.live_bytes, b.tie);
  }
};

struct DeepLast {
  bool operator()(const Waiting& a, const Waiting& b) const {
    return std::tuple(-a.executed_count, a.live_bytes, a.tie) >
           std::tuple(-b.executed_count, b.live_bytes, b.tie);
  }
};

std::uint64_t scramble(std::uint64_t value) {
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  return value ^ (value >> 33);
}

class Decision {
 public:
  Decision(const OrderGraph& graph, const OrderQuestion& question, const OrderLimits& limits,
           const OrderRules& rules, CommitLog* log)
      : graph_(graph),
        log_(log),
        budget_bytes_(question.budget_bytes),
        until_(question.until),
        limits_(limits),
        rules_(rules),
        seed_(question.seed),
        state_(graph),
        finder_(graph),
        table_(graph.op_count()) {}

  OrderDecision run() {
    if (state_.live_bytes() > budget_bytes_) {
      return {Verdict::Impossible, {}, state_.live_bytes(), 0};
    }
    std::vector<std::int32_t> ops;
    add(kNoNode, ops);
    while (!is_done_ && !at_limit()) {
      const std::int32_t node = next();
      if (node == kNoNode) return {Verdict::Impossible, {}, least_refused_bytes_, states_};
      ++states_;
      expand(node);
    }
    if (!is_done_) return {Verdict::Unknown, {}, 0, states_};
    return {is_complete_ ? Verdict::Possible : Verdict::Descended, std::move(order_), 0, states_};
  }

 private:
  [[nodiscard]] bool at_limit() const {
    const auto queue_bytes =
        static_cast<std::int64_t>((shallow_.size() + deep_.size()) * sizeof(Waiting));
    if (states_ >= limits_.max_states) return true;
    if (table_.table_bytes() + queue_bytes > limits_.max_table_bytes) return true;
    // Looking at the clock costs as much as a small state.
    return limits_.deadline && states_ % 64 == 0 &&
           std::chrono::steady_clock::now() >= *limits_.deadline;
  }

  /// A state that is alive and was not expanded, or `kNoNode`.
  std::int32_t next() {
    const bool deep = states_ % kDeepPeriod == kDeepPeriod - 1;
    while (true) {
      std::int32_t node = kNoNode;
      if (deep && !deep_.empty()) {
        node = deep_.top().node;
        deep_.pop();
      } else if (!shallow_.empty()) {
        node = shallow_.top().node;
        shallow_.pop();
      } else {
        return kNoNode;
      }
      if (!table_.is_expanded(node) && table_.is_alive(node)) return node;
    }
  }

  void expand(std::int32_t node) {
    table_.mark_expanded(node);
    state_.move_to(table_.executed(node));
    ready_.assign(state_.ready().begin(), state_.ready().end());
    std::vector<std::int32_t> ops;
    for_each_op(ready_, [&](std::int32_t op) {
      // A commit may have discarded the node while its first children were made.
      if (is_done_ || !table_.is_alive(node)) return;
      state_.move_to(table_.executed(node));
      const std::int64_t needed_bytes = state_.cost(op).needed_bytes;
      if (needed_bytes > budget_bytes_) {
        least_refused_bytes_ = std::min(least_refused_bytes_, needed_bytes);
        return;
      }
      state_.run(op);
      ops.assign(1, op);
      add(node, ops);
    });
  }

  /// Makes `state_`, reached from `parent` by `ops`, a node that waits to be expanded.
  void add(std::int32_t parent, std::vector<std::int32_t>& ops) {
    do {
      if (rules_.free_moves) run_free_moves(state_, budget_bytes_, ops);
      if (state_.complete() && until_ != SearchUntil::Valley) {
        finish(parent, ops);
        return;
      }
      const std::int32_t known = table_.find(state_.executed());
      if (known != kNoNode && table_.is_alive(known)) return;
    } while (rules_.commits && commit(parent, ops));
    // Without a parent it is the start, or a valley that stands for it.
    if (parent == kNoNode && !ops.empty() && ends_in_valley()) {
      finish(parent, ops);
      return;
    }
    const std::int32_t node = table_.add(state_.executed(), parent, state_.live_bytes(), ops);
    ++added_;
    const std::uint64_t tie = seed_ == 0 ? added_ : scramble(added_ * 0x9e3779b97f4a7c15 ^ seed_);
    const Waiting waiting{state_.executed_count(), state_.live_bytes(), tie, node};
    shallow_.push(waiting);
    deep_.push(waiting);
  }

  /// Ends the search at `state_`, reached from `parent` by `ops`.
  void finish(std::int32_t parent, const std::vector<std::int32_t>& ops) {
    order_ = table_.path(kNoNode, parent);
    order_.insert(order_.end(), ops.begin(), ops.end());
    is_done_ = true;
    is_complete_ = state_.complete();
  }

  [[nodiscard]] bool ends_in_valley() const {
    switch (until_) {
      case SearchUntil::Complete:
        return false;
      case SearchUntil::Split:
        return falls_apart(graph_, state_.executed());
      case SearchUntil::Valley:
        return true;
    }
    return false;
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
    if (log_ != nullptr) log_->push_back({{base.begin(), base.end()}, valley.executed});

    std::vector<std::int32_t> way = table_.path(ancestor, parent);
    way.insert(way.end(), ops.begin(), ops.end());
    const auto above = table_.ops(ancestor);
    ops.assign(above.begin(), above.end());
    std::copy_if(way.begin(), way.end(), std::back_inserter(ops),
                 [&](std::int32_t op) { return has_op(valley.executed, op); });
    table_.discard(ancestor);
    parent = table_.parent(ancestor);
    state_.move_to(valley.executed);
    return true;
  }

  const OrderGraph& graph_;
  CommitLog* log_;
  std::int64_t budget_bytes_;
  SearchUntil until_;
  const OrderLimits& limits_;
  const OrderRules& rules_;
  std::uint64_t seed_;
  LiveState state_;
  ValleyFinder finder_;
  StateTable table_;
  std::priority_queue<Waiting, std::vector<Waiting>, ShallowLast> shallow_;
  std::priority_queue<Waiting, std::vector<Waiting>, DeepLast> deep_;
  std::vector<OpWord> ready_;
  std::vector<std::int32_t> order_;
  bool is_done_ = false;
  bool is_complete_ = false;
  std::int64_t least_refused_bytes_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t states_ = 0;
  std::uint64_t added_ = 0;
};

}  // namespace

OrderDecision decide_order(const OrderGraph& graph, const OrderQuestion& question,
                           const OrderLimits& limits, const OrderRules& rules, CommitLog* log) {
  return Decision(graph, question, limits, rules, log).run();
}

}  // namespace tilewright::scheduler
