// SPDX-License-Identifier: Apache-2.0
// Ops that have yet to run, in groups that share no storage and do not wait for each other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/order/live_state.h"
#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// One group as a graph of its own. It holds the storages that its ops can still open or close; a
/// storage that lives at the split is open at its start.
struct GraphPart {
  OrderGraph graph;
  std::vector<std::int32_t> ops;  // of `graph`, as ops of the graph it is a part of; ascending
};

/// The parts of `graph` once `executed`, which must contain all it waits for, has run: by their
/// first ops. All storages in no part live to the end or not at all.
[[nodiscard]] std::vector<GraphPart> independent_parts(const OrderGraph& graph,
                                                       std::span<const OpWord> executed);

/// Whether there is more than one such part. Ops must be numbered so that each waits only for lower
/// ones.
[[nodiscard]] bool falls_apart(const OrderGraph& graph, std::span<const OpWord> executed);

}  // namespace tilewright::scheduler
