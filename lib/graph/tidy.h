// SPDX-License-Identifier: Apache-2.0
// Brings an edited graph back into its normal form.
#pragma once

#include "lib/graph/graph.h"

namespace tilewright::graph {

/// Drops nodes and values that no output needs, puts nodes into an order in which each reads only
/// what exists (as far as possible the old one: a node that came too late moves before its first
/// reader), and numbers values: graph inputs, then per node its constants and its output. Graphs
/// that differ only in numbers become equal. Graph inputs stay, read or not.
void tidy(Graph& graph);

}  // namespace tilewright::graph
