// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/known_cells.h"

#include <algorithm>

namespace tilewright::rewriting {
namespace {

template <typename T>
std::vector<std::int64_t> cells_of(const graph::Graph& graph, graph::ValueId indices,
                                   std::int64_t extent) {
  std::vector<std::int64_t> cells;
  for (const T index : graph::constant_elements<T>(graph, indices))
    cells.push_back(std::clamp<std::int64_t>(index < 0 ? index + extent : index, 0, extent - 1));
  return cells;
}

}  // namespace

std::vector<std::int64_t> known_cells(const graph::Graph& graph, graph::ValueId indices,
                                      std::int64_t extent) {
  return graph.value(indices).spec.dtype == DType::Int64
             ? cells_of<std::int64_t>(graph, indices, extent)
             : cells_of<std::int32_t>(graph, indices, extent);
}

}  // namespace tilewright::rewriting
