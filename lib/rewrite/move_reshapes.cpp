// SPDX-License-Identifier: Apache-2.0
// Behind a layer whose result is only looked at in another shape, arithmetic per channel and
// activations go before the reshape, so that the layer can take them in.
//
//   reshape(layer(x)) + bias  =  reshape(layer(x) + bias)     if the innermost dimension stays
#include <optional>
#include <utility>
#include <vector>

#include "lib/rewrite/affine.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/layer.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

/// What a layer makes and nobody but a reshape to `id` reads; nothing if `id` is something else, or
/// not only read by us.
std::optional<ValueId> reshaped_layer(const Graph& graph, const Uses& uses, ValueId id) {
  const Node* reshape = producer_of<Reshape>(graph, uses, id);
  if (reshape == nullptr || !is_read_once(graph, uses, id)) return std::nullopt;
  const ValueId made = reshape->inputs[0];
  const std::optional<std::size_t> producer = uses.producer[graph::index(made)];
  if (!producer || !is_layer(graph, graph.nodes[*producer])) return std::nullopt;
  if (!is_read_once(graph, uses, made)) return std::nullopt;
  return made;
}

/// Computes `op` of `inputs` and makes the node a reshape of it.
void reshape_after(Graph& graph, std::size_t index, Op op, std::vector<ValueId> inputs) {
  const Shape shape = graph.value(graph.nodes[index].output).spec.shape;
  const std::string name = graph.nodes[index].name;
  const ValueId computed = append_node(graph, name, std::move(op), std::move(inputs));
  graph.nodes[index].op = Reshape{shape};
  graph.nodes[index].inputs = {computed};
}

bool move_activation(Graph& graph, const Uses& uses, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!std::holds_alternative<Activate>(node.op)) return false;
  const auto made = reshaped_layer(graph, uses, node.inputs[0]);
  if (!made) return false;
  reshape_after(graph, index, node.op, {*made});
  return true;
}

bool move_arithmetic(Graph& graph, const Uses& uses, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!std::holds_alternative<Binary>(node.op)) return false;
  const Shape& shape = graph.value(node.output).spec.shape;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const ValueId x = node.inputs[side];
    const auto made = reshaped_layer(graph, uses, x);
    if (!made || graph.value(x).spec.shape != shape) continue;
    if (graph.value(*made).spec.shape.last() != shape.last()) continue;
    const auto numbers = per_channel(graph, node.inputs[1 - side], shape);
    if (!numbers) continue;
    const ValueId constant = graph.add_constant(
        {graph.value(node.inputs[1 - side]).spec.name, DType::Float32, {shape.last()}, {}},
        std::as_bytes(std::span(*numbers)));
    std::vector<ValueId> inputs(2);
    inputs[side] = *made;
    inputs[1 - side] = constant;
    reshape_after(graph, index, graph.nodes[index].op, std::move(inputs));
    return true;
  }
  return false;
}

}  // namespace

Result<bool> move_reshapes(Graph& graph) {
  const bool moved = apply_everywhere(graph, move_activation);
  return apply_everywhere(graph, move_arithmetic) || moved;
}

}  // namespace tilewright::rewriting
