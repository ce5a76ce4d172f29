// SPDX-License-Identifier: Apache-2.0
// Which cells a gather picks, where its indices are constants.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// The cells that constant indices (int32 or int64) pick of a dimension of `extent` >= 1 cells, as
/// Gather reads them: negative ones count from the end, those outside are the nearest.
[[nodiscard]] std::vector<std::int64_t> known_cells(const graph::Graph& graph,
                                                    graph::ValueId indices, std::int64_t extent);

}  // namespace tilewright::rewriting
