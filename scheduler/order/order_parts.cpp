// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_parts.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "scheduler/order/graph_parts.h"
#include "scheduler/order/live_state.h"

namespace tilewright::scheduler {
namespace {

using Ops = std::vector<std::int32_t>;
constexpr std::int64_t kNothingRefused = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNothingTried = std::numeric_limits<std::int64_t>::min();

/// A part that has yet to run, and the last search for a valley that found none.
struct Waiting {
  GraphPart part;
  // Of the part alone; below 0 if the others need more than there is.
  std::int64_t failed_budget_bytes = kNothingTried;
  std::int64_t refused_bytes = kNothingRefused;  // by that search, of the part alone
};

enum class Outcome : std::uint8_t { Moved, Stuck, Unknown };

/// The parts of a graph, run from one end as far as it goes.
class Descent {
 public:
  Descent(const OrderQuestion& question, const OrderLimits& limits, const OrderRules& rules,
          std::int64_t& states)
      : question_(question), limits_(limits), rules_(rules), states_(states) {}

  void add(GraphPart part) { waiting_.push_back({std::move(part)}); }
  void add_fixed(std::int64_t bytes) { fixed_bytes_ += bytes; }

  /// False if a limit was reached.
  bool run() {
    live_bytes_ = fixed_bytes_;
    for (const Waiting& waiting : waiting_)
      live_bytes_ += start_bytes(waiting.part.graph);
    bool moved = true;
    while (moved && !waiting_.empty()) {
      moved = false;
      for (std::size_t i = 0; i < waiting_.size(); ++i) {
        const Outcome outcome = try_part(i);
        if (outcome == Outcome::Unknown) return false;
        moved = moved || outcome == Outcome::Moved;
      }
      std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.part.ops.empty(); });
    }
    return true;
  }

  /// What was run, as ops of the graph.
  [[nodiscard]] const Ops& order() const { return order_; }
  [[nodiscard]] bool complete() const { return waiting_.empty(); }
  [[nodiscard]] PartsEnd end() const {
    PartsEnd result{order_};
    for (const Waiting& waiting : waiting_)
      result.left.push_back(waiting.part);
    return result;
  }
  /// Whether all but one part ran, and that one was searched to its end.
  [[nodiscard]] bool is_refuted() const { return waiting_.size() == 1; }

  /// After a run that got stuck: the least peak of an order that starts with another step.
  [[nodiscard]] std::int64_t least_refused_bytes() const {
    std::int64_t least = kNothingRefused;
    for (const Waiting& waiting : waiting_) {
      if (waiting.refused_bytes == kNothingRefused) continue;
      least = std::min(least, waiting.refused_bytes + others_bytes(waiting));
    }
    return least;
  }

  /// What is left, to be run from the other end of a graph of `op_count` ops.
  [[nodiscard]] Descent turned(std::int32_t op_count) const {
    Descent result(question_, limits_, rules_, states_);
    result.fixed_bytes_ = fixed_bytes_;
    for (const Waiting& waiting : waiting_) {
      GraphPart part{mirrored(waiting.part.graph), waiting.part.ops};
      std::reverse(part.ops.begin(), part.ops.end());
      for (std::int32_t& op : part.ops)
        op = op_count - 1 - op;
      result.add(std::move(part));
    }
    return result;
  }

 private:
  [[nodiscard]] std::int64_t others_bytes(const Waiting& waiting) const {
    return live_bytes_ - start_bytes(waiting.part.graph);
  }

  /// Runs part `i` down to a valley, or to its end if it is the last.
  Outcome try_part(std::size_t i) {
    if (waiting_[i].part.ops.empty()) return Outcome::Stuck;
    const bool is_last = count_left() == 1;
    const std::int64_t budget_bytes = question_.budget_bytes - others_bytes(waiting_[i]);
    if (!is_last && budget_bytes <= waiting_[i].failed_budget_bytes) return Outcome::Stuck;
    const OrderQuestion question{budget_bytes, question_.seed,
                                 is_last ? SearchUntil::Split : SearchUntil::Valley};
    OrderLimits left = limits_;
    left.max_states = limits_.max_states - states_;
    const OrderDecision found = decide_order(waiting_[i].part.graph, question, left, rules_);
    states_ += found.states;
    switch (found.verdict) {
      case Verdict::Unknown:
        return Outcome::Unknown;
      case Verdict::Impossible:
        waiting_[i].failed_budget_bytes = budget_bytes;
        waiting_[i].refused_bytes = found.least_refused_bytes;
        return Outcome::Stuck;
      case Verdict::Possible:
      case Verdict::Descended:
        break;
    }
    run_ops(i, found.order);
    return Outcome::Moved;
  }

  [[nodiscard]] std::size_t count_left() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        waiting_, [](const Waiting& waiting) { return !waiting.part.ops.empty(); }));
  }

  /// Replaces part `i` by what is left of it once `ops` have run.
  void run_ops(std::size_t i, const Ops& ops) {
    const GraphPart part = std::exchange(waiting_[i].part, {});
    std::vector<OpWord> executed(word_count(part.graph.op_count()), 0);
    for (const std::int32_t op : ops) {
      flip_op(executed, op);
      order_.push_back(part.ops[static_cast<std::size_t>(op)]);
    }
    const std::int64_t after_bytes = live_bytes(part.graph, executed);
    live_bytes_ += after_bytes - start_bytes(part.graph);
    fixed_bytes_ += after_bytes;
    for (GraphPart& rest : independent_parts(part.graph, executed)) {
      for (std::int32_t& op : rest.ops)
        op = part.ops[static_cast<std::size_t>(op)];
      fixed_bytes_ -= start_bytes(rest.graph);
      add(std::move(rest));
    }
  }

  const OrderQuestion& question_;
  const OrderLimits& limits_;
  const OrderRules& rules_;
  std::int64_t& states_;
  std::vector<Waiting> waiting_;
  Ops order_;
  std::int64_t fixed_bytes_ = 0;  // that live to the end, whatever runs
  std::int64_t live_bytes_ = 0;   // in all
};

OrderDecision decide_parts(const OrderGraph& graph, const Ops& first, const OrderQuestion& question,
                           const OrderLimits& limits, const OrderRules& rules, PartsLog* log) {
  std::vector<OpWord> executed(word_count(graph.op_count()), 0);
  for (const std::int32_t op : first)
    flip_op(executed, op);
  OrderDecision result{Verdict::Unknown, first, 0, 0};
  Descent forward(question, limits, rules, result.states);
  forward.add_fixed(live_bytes(graph, executed));
  for (GraphPart& part : independent_parts(graph, executed)) {
    forward.add_fixed(-start_bytes(part.graph));
    forward.add(std::move(part));
  }
  if (!forward.run()) return result;
  if (log != nullptr) {
    log->forward = forward.end();
    log->forward.executed.insert(log->forward.executed.begin(), first.begin(), first.end());
  }
  if (forward.is_refuted()) {
    return {Verdict::Impossible, {}, forward.least_refused_bytes(), result.states};
  }
  Descent backward = forward.turned(graph.op_count());
  if (!backward.run()) return result;
  if (!backward.complete()) {
    if (log != nullptr) log->backward = backward.end();
    const std::int64_t refused_bytes =
        std::min(forward.least_refused_bytes(), backward.least_refused_bytes());
    return {Verdict::Impossible, {}, refused_bytes, result.states};
  }
  result.verdict = Verdict::Possible;
  result.order.insert(result.order.end(), forward.order().begin(), forward.order().end());
  for (std::size_t i = backward.order().size(); i-- > 0;)
    result.order.push_back(graph.op_count() - 1 - backward.order()[i]);
  return result;
}

}  // namespace

OrderDecision decide_in_parts(const OrderGraph& graph, const OrderQuestion& question,
                              const OrderLimits& limits, const OrderRules& rules, PartsLog* log) {
  CommitLog* commits = log == nullptr ? nullptr : &log->commits;
  if (!rules.parts || !rules.commits) return decide_order(graph, question, limits, rules, commits);
  OrderDecision whole{Verdict::Descended, {}, 0, 0};
  if (!falls_apart(graph, LiveState(graph).executed())) {
    OrderQuestion until_split = question;
    until_split.until = SearchUntil::Split;
    whole = decide_order(graph, until_split, limits, rules, commits);
    if (whole.verdict != Verdict::Descended) return whole;
  }
  OrderLimits left = limits;
  left.max_states -= whole.states;
  OrderDecision result = decide_parts(graph, whole.order, question, left, rules, log);
  result.states += whole.states;
  return result;
}

}  // namespace tilewright::scheduler
