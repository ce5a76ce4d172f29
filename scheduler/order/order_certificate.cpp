// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_certificate.h"

#include <algorithm>
#include <map>
#include <utility>

#include "scheduler/order/max_flow.h"
#include "scheduler/order/order_greedy.h"

namespace tilewright::scheduler {
namespace {

using OpSetWords = std::vector<OpWord>;

/// Routes what the storages closed between two sets repay to what those opened there cost.
class Router {
 public:
  Router(const OrderGraph& graph, const OpSetWords& base, const std::vector<std::int32_t>& ops)
      : graph_(graph), base_(base), ops_(ops), before_(graph.ops.size()) {
    for (const std::int32_t op : ops) {
      OpSetWords& before = before_[static_cast<std::size_t>(op)];
      before.assign(base.size(), 0);
      flip_op(before, op);
      for_each_cause(graph, op, [&](std::int32_t cause) {
        const OpSetWords& earlier = before_[static_cast<std::size_t>(cause)];
        for (std::size_t i = 0; i < earlier.size(); ++i)
          before[i] |= earlier[i];
      });
    }
  }

  std::vector<Transport> run() {
    list_storages();
    struct Edge {
      std::int32_t position = 0;
      Transport transport;
    };
    std::vector<Edge> edges;
    network_.reset(2 + static_cast<std::int32_t>(closed_.size() + opened_.size()));
    const auto first_opened = 2 + static_cast<std::int32_t>(closed_.size());
    for (std::size_t i = 0; i < opened_.size(); ++i)
      network_.add_edge(first_opened + static_cast<std::int32_t>(i), kSink, bytes(opened_[i]));
    for (std::size_t i = 0; i < closed_.size(); ++i) {
      const auto from = 2 + static_cast<std::int32_t>(i);
      network_.add_edge(kSource, from, bytes(closed_[i]));
      for (std::size_t k = 0; k < opened_.size(); ++k) {
        if (!implies(closed_[i], opened_[k])) continue;
        const auto to = first_opened + static_cast<std::int32_t>(k);
        const std::int32_t position = network_.add_edge(from, to, kInfiniteCapacity);
        edges.push_back({position, {closed_[i], opened_[k], 0}});
      }
    }
    network_.max_flow(kSource, kSink);
    std::vector<Transport> transports;
    for (Edge& edge : edges) {
      edge.transport.bytes = network_.flow(edge.position);
      if (edge.transport.bytes > 0) transports.push_back(edge.transport);
    }
    return transports;
  }

 private:
  static constexpr std::int32_t kSource = 0;
  static constexpr std::int32_t kSink = 1;

  [[nodiscard]] const OrderStorage& at(std::int32_t storage) const {
    return graph_.storages[static_cast<std::size_t>(storage)];
  }
  [[nodiscard]] std::int64_t bytes(std::int32_t storage) const { return at(storage).bytes; }

  void list_storages() {
    OpSetWords end = base_;
    for (const std::int32_t op : ops_)
      flip_op(end, op);
    const auto in_base = [&](std::int32_t op) { return has_op(base_, op); };
    const auto in_end = [&](std::int32_t op) { return has_op(end, op); };
    for (std::size_t i = 0; i < graph_.storages.size(); ++i) {
      const OrderStorage& storage = graph_.storages[i];
      if (storage.bytes == 0) continue;
      const bool open = storage.open_at_start || std::ranges::any_of(storage.openers, in_base);
      if (!open && std::ranges::any_of(storage.openers, in_end)) {
        opened_.push_back(static_cast<std::int32_t>(i));
      }
      const bool closes = !storage.stays_open && std::ranges::all_of(storage.closers, in_end) &&
                          !std::ranges::all_of(storage.closers, in_base);
      if (closes) closed_.push_back(static_cast<std::int32_t>(i));
    }
  }

  /// Whether all closers of `closed` have run only if some opener of `opened` has.
  [[nodiscard]] bool implies(std::int32_t closed, std::int32_t opened) const {
    return std::ranges::any_of(at(closed).closers, [&](std::int32_t closer) {
      const OpSetWords& before = before_[static_cast<std::size_t>(closer)];
      return !before.empty() && std::ranges::any_of(at(opened).openers, [&](std::int32_t opener) {
        return has_op(before, opener);
      });
    });
  }

  const OrderGraph& graph_;
  const OpSetWords& base_;
  const std::vector<std::int32_t>& ops_;
  std::vector<OpSetWords> before_;  // of the ops between: those that must have run, itself included
  std::vector<std::int32_t> closed_;
  std::vector<std::int32_t> opened_;
  FlowNetwork network_;
};

/// Follows the rules from the empty set until all states have one.
class Certifier {
 public:
  Certifier(const OrderGraph& graph, std::int64_t bound_bytes, const CommitLog& commits,
            std::int64_t max_states)
      : graph_(graph), bound_bytes_(bound_bytes), max_states_(max_states), state_(graph) {
    for (const Commit& commit : commits)
      commits_[commit.from] = commit.to;
  }

  std::optional<std::vector<CertifiedState>> run() {
    require(OpSetWords(word_count(graph_.op_count()), 0));
    while (!waiting_.empty()) {
      const OpSetWords executed = std::move(waiting_.back());
      waiting_.pop_back();
      state_.move_to(executed);
      const bool too_many = static_cast<std::int64_t>(states_.size()) > max_states_;
      if (state_.complete() || too_many) return std::nullopt;
      states_.push_back(certified(executed));
    }
    return std::move(states_);
  }

 private:
  void require(const OpSetWords& executed) {
    if (known_.emplace(executed, true).second) waiting_.push_back(executed);
  }

  CertifiedState certified(const OpSetWords& executed) {
    CertifiedState result{executed, StateRule::Free};
    run_free_moves(state_, bound_bytes_ - 1, result.ops);
    if (!result.ops.empty()) {
      require({state_.executed().begin(), state_.executed().end()});
      return result;
    }
    const auto commit = commits_.find(executed);
    if (commit != commits_.end() && commit->second != executed) {
      result.rule = StateRule::Lift;
      OpSetWords between = commit->second;
      for (std::size_t i = 0; i < between.size(); ++i)
        between[i] &= ~executed[i];
      for_each_op(between, [&](std::int32_t op) { result.ops.push_back(op); });
      result.transports = Router(graph_, executed, result.ops).run();
      require(commit->second);
      return result;
    }
    result.rule = StateRule::Expand;
    for_each_op(state_.ready(), [&](std::int32_t op) {
      if (state_.cost(op).needed_bytes >= bound_bytes_) return;
      OpSetWords next = executed;
      flip_op(next, op);
      require(next);
    });
    return result;
  }

  const OrderGraph& graph_;
  std::int64_t bound_bytes_;
  std::int64_t max_states_;
  LiveState state_;
  std::map<OpSetWords, OpSetWords> commits_;
  std::map<OpSetWords, bool> known_;
  std::vector<OpSetWords> waiting_;
  std::vector<CertifiedState> states_;
};

std::optional<std::vector<CertifiedState>> certify(const OrderGraph& graph,
                                                   std::int64_t bound_bytes,
                                                   const OrderLimits& limits) {
  CommitLog commits;
  const OrderDecision refuted =
      decide_order(graph, {.budget_bytes = bound_bytes - 1}, limits, {}, &commits);
  if (refuted.verdict != Verdict::Impossible) return std::nullopt;
  return Certifier(graph, bound_bytes, commits, limits.max_states).run();
}

}  // namespace

std::optional<OrderProof> certify_order(const OrderGraph& graph,
                                        const std::vector<std::int32_t>& order,
                                        std::int64_t bound_bytes, const OrderLimits& limits) {
  if (auto flow = certify_flow(graph, order, bound_bytes)) return std::move(*flow);
  if (auto search = certify_by_search(graph, order, bound_bytes, limits)) return std::move(*search);
  return std::nullopt;
}

std::optional<SearchCertificate> certify_by_search(const OrderGraph& graph,
                                                   const std::vector<std::int32_t>& order,
                                                   std::int64_t bound_bytes,
                                                   const OrderLimits& limits) {
  ReducedGraph reduced = reduce_graph(graph, order, {.joins = true, .twins = false});
  SearchCertificate certificate{bound_bytes, false, std::move(reduced.joins)};
  OrderLimits few = limits;
  for (few.max_states = std::min<std::int64_t>(2'000, limits.max_states);;
       few.max_states = std::min(few.max_states * 4, limits.max_states)) {
    for (const bool backward : {false, true}) {
      const OrderGraph searched = backward ? mirrored(reduced.graph) : reduced.graph;
      auto states = certify(searched, bound_bytes, few);
      if (!states) continue;
      certificate.backward = backward;
      for (const OrderOp& op : reduced.graph.ops)
        certificate.groups.push_back(op.members);
      certificate.states = std::move(*states);
      return certificate;
    }
    if (few.max_states == limits.max_states) return std::nullopt;
  }
}

}  // namespace tilewright::scheduler
