// SPDX-License-Identifier: Apache-2.0
// A gather of cells that are known and equally far apart is a slice, whose loops need no indices;
// of a single cell, the dimension goes with a reshape. The halves of a channel shuffle are such
// gathers.
#include <vector>

#include "lib/graph/whole_slice.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/known_cells.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

/// Whether the cells are begin, begin + step, ..; a single one has the step 1.
bool are_a_progression(const std::vector<std::int64_t>& cells, std::int64_t& step) {
  step = cells.size() > 1 ? cells[1] - cells[0] : 1;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    if (cells[i] - cells[i - 1] != step) return false;
  }
  return step != 0;
}

void pick_progression(Graph& graph, Node& node, int dimension,
                      const std::vector<std::int64_t>& cells, std::int64_t step) {
  Slice slice = graph::whole_slice(graph.value(node.inputs[0]).spec.shape);
  const auto axis = static_cast<std::size_t>(dimension);
  slice.begin[axis] = cells[0];
  slice.size[axis] = static_cast<std::int64_t>(cells.size());
  slice.step[axis] = step;
  node.op = slice;
  node.inputs = {node.inputs[0]};
}

void pick_of_last(Graph& graph, std::size_t index, std::int64_t cell) {
  const ValueId x = graph.nodes[index].inputs[0];
  const Shape shape = graph.value(x).spec.shape;
  const Shape out = graph.value(graph.nodes[index].output).spec.shape;
  const auto last = static_cast<std::size_t>(out.rank() - 1);
  std::vector<std::int64_t> dims(out.dims().begin(), out.dims().end());
  dims[last] *= shape.last();
  Slice slice = graph::whole_slice(out);
  slice.begin[last] = cell;
  slice.step[last] = shape.last();
  const std::string name = graph.nodes[index].name + "/flat";
  const ValueId flattened = append_node(graph, name, Reshape{Shape(dims)}, {x});
  graph.nodes[index].op = slice;
  graph.nodes[index].inputs = {flattened};
}

bool turn_into_slice(Graph& graph, const graph::Uses&, std::size_t index) {
  Node& node = graph.nodes[index];
  const auto* gather = std::get_if<Gather>(&node.op);
  if (gather == nullptr || !graph.is_constant(node.inputs[1])) return false;
  const int axis = gather->axis;
  const Shape& shape = graph.value(node.inputs[0]).spec.shape;
  const TensorSpec& indices = graph.value(node.inputs[1]).spec;
  if (shape.elements() == 0 || indices.shape.elements() == 0) return false;
  const std::vector<std::int64_t> cells = known_cells(graph, node.inputs[1], shape[axis]);
  std::int64_t step = 0;
  if (indices.shape.rank() == 1 && are_a_progression(cells, step)) {
    pick_progression(graph, node, axis, cells, step);
    return true;
  }
  if (indices.shape.rank() != 0 || axis == 0 || axis + 1 != shape.rank()) return false;
  pick_of_last(graph, index, cells[0]);
  return true;
}

}  // namespace

Result<bool> turn_gathers_into_slices(Graph& graph) {
  return apply_everywhere(graph, turn_into_slice);
}

}  // namespace tilewright::rewriting
