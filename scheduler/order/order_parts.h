// SPDX-License-Identifier: Apache-2.0
// Decisions about graphs that fall apart: cost adds over the parts instead of multiplying.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/order/graph_parts.h"
#include "scheduler/order/order_decision.h"
#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// What is left of a graph, and what ran before, after parts ran from one end as far as they go.
struct PartsEnd {
  std::vector<std::int32_t> executed = {};  // ops of the graph, in running order
  std::vector<GraphPart> left = {};         // parts with ops of the graph
};

/// How it was refuted that an order stays within a budget.
struct PartsLog {
  CommitLog commits = {};  // of the search of the whole graph
  PartsEnd forward = {};
  PartsEnd backward =
      {};  // of the mirrored graph; nothing if one part or none is left in `forward`
};

/// `decide_order` up to the first valley from which the ops that are left fall into parts, then
/// part by part. `question.until` must be `Complete`. Without `rules.parts` or commits,
/// `decide_order`.
///
/// Let an order run from R to an end with no more memory. The first part whose memory falls back
/// to what it had in R does so while no other has less than it had there: it can do so alone, with
/// all others as they are in R, and by the theorem of valleys it may do so first. If the end has
/// more memory than R, the same holds in reversed time. So parts go down from the start as long as
/// any can, each by a search of its own, then from the end; if none can, there is no order. If one
/// part is left, it is asked for an order to its other end.
///
/// If the answer is Impossible, `log` says where the searches got stuck: in `commits` alone, if the
/// graph was never split, otherwise in parts.
/// Related: Liu, An application of generalized tree pebbling to sparse matrix factorization, 1987.
[[nodiscard]] OrderDecision decide_in_parts(const OrderGraph& graph, const OrderQuestion& question,
                                            const OrderLimits& limits, const OrderRules& rules,
                                            PartsLog* log = nullptr);

}  // namespace tilewright::scheduler
