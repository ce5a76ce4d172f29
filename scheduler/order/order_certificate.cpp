// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/order_certificate.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "scheduler/order/order_parts.h"

namespace tilewright::scheduler {
namespace {

using OpSetWords = std::vector<OpWord>;
using States = std::vector<CertifiedState>;

/// The set of `ops`, of `graph`.
OpSetWords set_of(const OrderGraph& graph, const std::vector<std::int32_t>& ops) {
  OpSetWords result(word_count(graph.op_count()), 0);
  for (const std::int32_t op : ops)
    flip_op(result, op);
  return result;
}

OpSetWords all_ops(const OrderGraph& graph) {
  OpSetWords result(word_count(graph.op_count()), 0);
  for (std::int32_t op = 0; op < graph.op_count(); ++op)
    flip_op(result, op);
  return result;
}

/// `base` and those ops of `graph` that are `executed` in one of its parts.
OpSetWords united(const OpSetWords& base, const GraphPart& part, const OpSetWords& executed) {
  OpSetWords result = base;
  for_each_op(executed,
              [&](std::int32_t op) { flip_op(result, part.ops[static_cast<std::size_t>(op)]); });
  return result;
}

/// Certifies what searches of parts have refuted, on the graph that the parts are of.
class PartsCertifier {
 public:
  PartsCertifier(const OrderGraph& graph, std::int64_t bound_bytes, const OrderLimits& limits,
                 const PartsLog& log)
      : graph_(graph), bound_bytes_(bound_bytes), limits_(limits), log_(log) {}

  std::optional<States> run() const {
    const OpSetWords start = set_of(graph_, log_.forward.executed);
    States states;
    if (!log_.forward.executed.empty()) states.push_back(lift(graph_, log_.forward.executed));
    if (log_.forward.left.size() == 1) {
      auto rest = refuted(graph_, start, log_.forward.left[0], false);
      if (!rest) return std::nullopt;
      std::ranges::move(*rest, std::back_inserter(states));
      return states;
    }
    auto stuck = parts_state(start);
    if (!stuck) return std::nullopt;
    states.push_back(*std::move(stuck));
    return states;
  }

 private:
  /// From the empty set of `graph` to `ops`, which led down all the way.
  static CertifiedState lift(const OrderGraph& graph, std::vector<std::int32_t> ops) {
    const OpSetWords none(word_count(graph.op_count()), 0);
    std::ranges::sort(ops);
    CertifiedState result{none, StateRule::Lift, std::move(ops)};
    result.transports = transports_between(graph, none, result.ops);
    return result;
  }

  /// No part goes down from `start`, or from the other end, whichever has no less memory.
  [[nodiscard]] std::optional<CertifiedState> parts_state(const OpSetWords& start) const {
    const OrderGraph turned = mirrored(graph_);
    CertifiedState result{start, StateRule::Parts};
    const std::int64_t start_live_bytes = live_bytes(graph_, start);
    if (end_bytes(graph_) > start_live_bytes) {
      CertifiedState tail = lift(turned, log_.backward.executed);
      const std::int64_t end_live_bytes = live_bytes(turned, set_of(turned, tail.ops));
      result.turned = log_.backward.left.size() == 1 || end_live_bytes >= start_live_bytes;
      result.ops = std::move(tail.ops);
      result.transports = std::move(tail.transports);
    }
    const OrderGraph& graph = result.turned ? turned : graph_;
    const OpSetWords base = result.turned ? set_of(turned, result.ops) : start;
    const std::vector<GraphPart>& parts = (result.turned ? log_.backward : log_.forward).left;
    for (const GraphPart& part : parts) {
      auto states = refuted(graph, base, part, parts.size() > 1);
      if (!states) return std::nullopt;
      result.parts.push_back({set_of(graph, part.ops), *std::move(states)});
    }
    return result;
  }

  /// Searches `part` of `graph` again, from `base`: for a set with no more memory, or for its end.
  [[nodiscard]] std::optional<States> refuted(const OrderGraph& graph, const OpSetWords& base,
                                              const GraphPart& part, bool has_floor) const {
    const std::int64_t base_bytes = live_bytes(graph, base);
    const OrderQuestion question{
        .budget_bytes = bound_bytes_ - 1 - (base_bytes - start_bytes(part.graph)),
        .until = has_floor ? SearchUntil::Valley : SearchUntil::Complete};
    CommitLog commits;
    const OrderDecision found = decide_order(part.graph, question, limits_, {}, &commits);
    if (found.verdict != Verdict::Impossible) return std::nullopt;
    for (Commit& commit : commits)
      commit = {united(base, part, commit.from), united(base, part, commit.to)};
    SearchRegion region{base, set_of(graph, part.ops)};
    if (has_floor) region.floor_bytes = base_bytes;
    return certify_states(graph, bound_bytes_, commits, region, limits_.max_states);
  }

  const OrderGraph& graph_;
  std::int64_t bound_bytes_;
  const OrderLimits& limits_;
  const PartsLog& log_;
};

std::optional<States> certify(const OrderGraph& graph, std::int64_t bound_bytes,
                              const OrderLimits& limits) {
  PartsLog log;
  const OrderDecision refuted =
      decide_in_parts(graph, {.budget_bytes = bound_bytes - 1}, limits, {}, &log);
  if (refuted.verdict != Verdict::Impossible) return std::nullopt;
  if (!log.forward.left.empty()) return PartsCertifier(graph, bound_bytes, limits, log).run();
  const SearchRegion all{set_of(graph, {}), all_ops(graph)};
  return certify_states(graph, bound_bytes, log.commits, all, limits.max_states);
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
