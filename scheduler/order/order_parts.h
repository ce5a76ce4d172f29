// SPDX-License-Identifier: Apache-2.0
// Decisions about graphs that fall apart: cost adds over the parts instead of multiplying.
#pragma once

#include "scheduler/order/order_decision.h"
#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// `decide_order` up to the first valley from which the ops that are left fall into parts, then
/// part by part. `question.until` must be `Complete`. Without `rules.parts` or commits,
/// `decide_order`.
///
/// Let an order run from R to an end with no more memory. The first part whose memory falls back
/// to what it had in R does so while no other has less than it had there: it can do so alone, with
/// all others as they are in R, and by the theorem of valleys it may do so first. If the end has
/// more memory than R, the same holds in reversed time. So parts go down from the start as long as
/// any can, each by a search of its own, then from the end; if none can, there is no order.
/// Related: Liu, An application of generalized tree pebbling to sparse matrix factorization, 1987.
[[nodiscard]] OrderDecision decide_in_parts(const OrderGraph& graph, const OrderQuestion& question,
                                            const OrderLimits& limits, const OrderRules& rules);

}  // namespace tilewright::scheduler
