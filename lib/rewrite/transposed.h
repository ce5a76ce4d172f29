// SPDX-License-Identifier: Apache-2.0
// A value in another order of dimensions, made in the cheapest way.
#pragma once

#include <cstdint>

#include "lib/graph/graph.h"
#include "lib/rewrite/permutation.h"

namespace tilewright::rewriting {

/// Whether `transposed` must add a node: the value is no constant, no transpose of what is asked
/// for and has none yet.
[[nodiscard]] bool needs_transpose(const graph::Graph& graph, const graph::Uses& uses,
                                   graph::ValueId id, const Permutation& order);

/// Bytes that `transposed` must move when the graph runs: 0 if it needs no node, or one that only
/// moves extents of 1.
[[nodiscard]] std::int64_t transposing_bytes(const graph::Graph& graph, const graph::Uses& uses,
                                             graph::ValueId id, const Permutation& order);

/// The value with its dimensions in `order`; a value of fewer dimensions is first given leading
/// ones. Appends nodes and values as needed; `uses` may be as old as the last transposes.
[[nodiscard]] graph::ValueId transposed(graph::Graph& graph, const graph::Uses& uses,
                                        graph::ValueId id, const Permutation& order);

/// Bytes that all transposes of the graph move.
[[nodiscard]] std::int64_t transposed_bytes(const graph::Graph& graph);

}  // namespace tilewright::rewriting
