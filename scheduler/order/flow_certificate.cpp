// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/flow_certificate.h"

#include <algorithm>
#include <utility>

#include "scheduler/order/max_flow.h"
#include "scheduler/order/op_relatives.h"

namespace tilewright::scheduler {
namespace {

// Edges of all networks together; a second on a 2 GHz core.
constexpr std::int64_t kMaxFlowEdges = 2'000'000;

using Ops = std::vector<std::int32_t>;

/// The network of one op: closing storages feeds flow into ops, which pass it to what they wait
/// for, until it pays for storages opened.
class FlowProof {
 public:
  FlowProof(const OrderGraph& graph, std::int32_t op, CreditRule credit)
      : graph_(graph),
        op_(op),
        credit_(credit),
        relatives_(op_relatives(graph, op)),
        node_of_op_(graph.ops.size(), -1) {
    network_.reset(2);
    for_each_op(relatives_.neither,
                [&](std::int32_t free) { node_of_op_[at(free)] = network_.add_node(); });
    add_openings();
    add_closings();
    add_credits();
    for_each_op(relatives_.neither, [&](std::int32_t free) { add_waits(free); });
  }

  [[nodiscard]] std::int64_t edges() const { return static_cast<std::int64_t>(edges_.size()); }

  /// The least bytes the op needs, as far as the network tells.
  std::int64_t run() { return needed_bytes_ - earned_bytes_ + network_.max_flow(kSource, kSink); }

  /// After `run`.
  [[nodiscard]] FlowCertificate certificate(std::int64_t bound_bytes) const {
    FlowCertificate result{bound_bytes, op_, credit_, relatives_.before, {}};
    const std::vector<bool> left_out = network_.sink_side(kSink);
    for_each_op(relatives_.neither, [&](std::int32_t free) {
      if (!left_out[at(node_of_op_[at(free)])]) flip_op(result.cut, free);
    });
    for (const Edge& edge : edges_) {
      const std::int64_t bytes = network_.flow(edge.position);
      if (bytes > 0) result.flows.push_back({edge.kind, edge.from, edge.to, bytes});
    }
    return result;
  }

 private:
  static constexpr std::int32_t kSource = 0;
  static constexpr std::int32_t kSink = 1;

  struct Edge {
    std::int32_t position = 0;
    FlowKind kind{};
    std::int32_t from = 0;
    std::int32_t to = 0;
  };

  static std::size_t at(std::int32_t position) { return static_cast<std::size_t>(position); }
  [[nodiscard]] bool is_free(std::int32_t op) const { return node_of_op_[at(op)] >= 0; }
  [[nodiscard]] bool ran_before(std::int32_t op) const { return has_op(relatives_.before, op); }

  void add_edge(std::int32_t from_node, std::int32_t to_node, const Edge& edge) {
    edges_.push_back(edge);
    edges_.back().position = network_.add_edge(from_node, to_node, kInfiniteCapacity);
  }

  /// What lives while the op runs whatever else has run, and the storages others may open.
  void add_openings() {
    const OrderStep& step = graph_.ops[at(op_)].steps.front();
    needed_bytes_ = live_bytes(graph_, relatives_.before) + step.scratch_bytes;
    for (std::size_t i = 0; i < graph_.storages.size(); ++i) {
      const OrderStorage& storage = graph_.storages[i];
      if (storage.bytes == 0 || is_open(storage)) continue;
      if (std::ranges::find(storage.openers, op_) != storage.openers.end()) {
        needed_bytes_ += storage.bytes;
        continue;
      }
      std::int32_t opening = -1;
      for (const std::int32_t opener : storage.openers) {
        if (!is_free(opener)) continue;
        if (opening < 0) {
          opening = network_.add_node();
          network_.add_edge(opening, kSink, storage.bytes);
        }
        add_edge(node_of_op_[at(opener)], opening,
                 {0, FlowKind::Open, opener, static_cast<std::int32_t>(i)});
      }
    }
  }

  [[nodiscard]] bool is_open(const OrderStorage& storage) const {
    return storage.open_at_start ||
           std::ranges::any_of(storage.openers, [&](std::int32_t op) { return ran_before(op); });
  }

  void add_closings() {
    for (std::size_t i = 0; i < graph_.storages.size(); ++i) {
      const OrderStorage& storage = graph_.storages[i];
      if (storage.bytes == 0 || storage.stays_open) continue;
      add_source(FlowKind::Close, static_cast<std::int32_t>(i), storage.closers, storage.bytes);
    }
  }

  /// `storage` earns `bytes` once all of `closers` have run.
  void add_source(FlowKind kind, std::int32_t storage, const Ops& closers, std::int64_t bytes) {
    const auto may_run = [&](std::int32_t op) { return is_free(op) || ran_before(op); };
    const auto is_free_op = [&](std::int32_t op) { return is_free(op); };
    if (!std::ranges::all_of(closers, may_run)) return;
    if (!std::ranges::any_of(closers, is_free_op)) {
      // Closed before, which `live_bytes` knows; a credit is earned in any case.
      if (kind == FlowKind::Credit) needed_bytes_ -= bytes;
      return;
    }
    const std::int32_t source = network_.add_node();
    network_.add_edge(kSource, source, bytes);
    earned_bytes_ += bytes;
    for (const std::int32_t closer : closers) {
      if (is_free(closer)) add_edge(source, node_of_op_[at(closer)], {0, kind, storage, closer});
    }
  }

  void add_credits() {
    const OrderStep& step = graph_.ops[at(op_)].steps.front();
    std::vector<WeightedPair> pairs = step.pairs;
    std::erase_if(pairs, [&](const WeightedPair& pair) {
      return is_open(graph_.storages[static_cast<std::size_t>(pair.write)]);
    });
    if (credit_ == CreditRule::Whole) {
      needed_bytes_ -= matching_bytes(pairs);
      return;
    }
    for (const std::int32_t read : step.closes) {
      std::int64_t bytes = 0;
      for (const WeightedPair& pair : pairs) {
        if (pair.read == read) bytes = std::max(bytes, pair.bytes);
      }
      if (bytes == 0) continue;
      Ops others = graph_.storages[at(read)].closers;
      std::erase(others, op_);
      add_source(FlowKind::Credit, read, others, bytes);
    }
  }

  void add_waits(std::int32_t op) {
    Ops causes;
    for_each_cause(graph_, op, [&](std::int32_t cause) {
      if (is_free(cause)) causes.push_back(cause);
    });
    std::sort(causes.begin(), causes.end());
    causes.erase(std::unique(causes.begin(), causes.end()), causes.end());
    for (const std::int32_t cause : causes)
      add_edge(node_of_op_[at(op)], node_of_op_[at(cause)], {0, FlowKind::Wait, op, cause});
  }

  const OrderGraph& graph_;
  std::int32_t op_;
  CreditRule credit_;
  OpRelatives relatives_;
  std::vector<std::int32_t> node_of_op_;  // -1 if it must have run or must not
  FlowNetwork network_;
  std::vector<Edge> edges_;
  std::int64_t needed_bytes_ = 0;  // from the least set
  std::int64_t earned_bytes_ = 0;  // by all that may be closed above it
};

/// Ops that need `bound_bytes` in `order`, those that need the most first: no other can prove it.
Ops candidates(const OrderGraph& graph, const Ops& order, std::int64_t bound_bytes) {
  LiveState state(graph);
  std::vector<std::pair<std::int64_t, std::int32_t>> found;
  for (const std::int32_t op : order) {
    const std::int64_t needed_bytes = state.cost(op).needed_bytes;
    if (needed_bytes >= bound_bytes) found.emplace_back(-needed_bytes, op);
    state.run(op);
  }
  std::sort(found.begin(), found.end());
  Ops ops;
  for (const auto& [need, op] : found)
    ops.push_back(op);
  return ops;
}

}  // namespace

std::optional<FlowCertificate> certify_flow(const OrderGraph& graph,
                                            const std::vector<std::int32_t>& order,
                                            std::int64_t bound_bytes) {
  if (std::max(start_bytes(graph), end_bytes(graph)) >= bound_bytes) {
    return FlowCertificate{.bound_bytes = bound_bytes};
  }
  std::int64_t edges = 0;
  for (const OrderWait& wait : graph.waits)
    edges += static_cast<std::int64_t>(wait.earlier.size() * wait.later.size());
  if (edges > kMaxFlowEdges) return std::nullopt;
  for (const std::int32_t op : candidates(graph, order, bound_bytes)) {
    for (const CreditRule credit : {CreditRule::Apart, CreditRule::Whole}) {
      if (edges > kMaxFlowEdges) return std::nullopt;
      FlowProof proof(graph, op, credit);
      edges += proof.edges();
      if (proof.run() >= bound_bytes) return proof.certificate(bound_bytes);
      if (graph.ops[static_cast<std::size_t>(op)].steps.front().pairs.empty()) break;
    }
  }
  return std::nullopt;
}

}  // namespace tilewright::scheduler
