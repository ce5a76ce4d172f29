// SPDX-License-Identifier: Apache-2.0
// Turns an imported graph into the one that is planned and run: the same outputs, fewer and larger
// steps.
#pragma once

#include <span>
#include <string_view>

#include "tilewright/status.h"

#include "lib/graph/graph.h"

namespace tilewright {

/// Sees the graph after each pass that changed it: for documentation and `inspect`.
struct RewriteObserver {
  void (*changed)(void* user, std::string_view pass, const graph::Graph& graph) = nullptr;
  void* user = nullptr;
};

struct RewriteOptions {
  std::span<const RewriteObserver> observers;
};

/// Runs all passes (passes.h) until none changes the graph, verifying in between. Inputs and
/// outputs keep their number, order, names, dtypes and shapes.
///
/// Errors: InvalidModel, if the graph breaks the law; Unsupported, if a filter is still computed
/// after folding.
[[nodiscard]] Result<graph::Graph> rewrite(graph::Graph graph, const RewriteOptions& options = {});

}  // namespace tilewright
