// SPDX-License-Identifier: Apache-2.0
// A value in another order of dimensions, made in the cheapest way.
#pragma once

#include <cstdint>

#include "lib/graph/graph.h"
#include "lib/rewrite/permutation.h"

namespace tilewright::rewriting {

/// Bytes that `transposed` must move when the graph runs. 0 for constants, for values that are a
/// transpose of what is asked for, or have one already, and where only extents of 1 change place.
[[nodiscard]] std::int64_t transposing_bytes(const graph::Graph& graph, const graph::Uses& uses,
                                             graph::ValueId id, const Permutation& order);

/// The value with its dimensions in `order`; a value of fewer dimensions is first given leading
/// ones. Appends nodes and values as needed; `uses` may be as old as the last transposes.
[[nodiscard]] graph::ValueId transposed(graph::Graph& graph, const graph::Uses& uses,
                                        graph::ValueId id, const Permutation& order);

/// Bytes that all transposes of the graph move.
[[nodiscard]] std::int64_t transposed_bytes(const graph::Graph& graph);

}  // namespace tilewright::rewriting
