// SPDX-License-Identifier: Apache-2.0
// The law of graphs: what importers promise, passes keep, and readers of files check.
#pragma once

#include "tilewright/status.h"

#include "lib/graph/graph.h"

namespace tilewright::graph {

/// Every id is in range; every value is a graph input, a constant or made by one node, and only one
/// of these; nodes read only what exists before them; outputs exist; shapes, quantisation and sizes
/// of constants are consistent; each output's spec is the one `kernels::infer_output` gives.
///
/// Errors: InvalidModel, "node 'stem': expected ..., got ...".
[[nodiscard]] Status verify(const Graph& graph);

/// After rewriting: filters, weights and biases are constants, so that kernels can pack them.
///
/// Errors: Unsupported, "node 'stem': conv2d: expected a constant filter, got '%3'".
[[nodiscard]] Status verify_weights(const Graph& graph);

}  // namespace tilewright::graph
