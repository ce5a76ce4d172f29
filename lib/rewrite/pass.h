// SPDX-License-Identifier: Apache-2.0
// What a pass is, and the list of them.
#pragma once

#include <span>
#include <string_view>

#include "tilewright/status.h"

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// Improves a tidy graph that obeys the law and says whether it changed. What it leaves need not be
/// tidy: dead nodes and a broken order are cleared away before the next pass.
struct Pass {
  std::string_view name;  // its file
  Result<bool> (*run)(graph::Graph& graph);
};

/// The passes in the order they run. The simplifying ones are repeated until none changes the
/// graph, then the finishing ones, and all of it again until nothing changes.
[[nodiscard]] std::span<const Pass> simplifying_passes();
[[nodiscard]] std::span<const Pass> finishing_passes();

}  // namespace tilewright::rewriting
