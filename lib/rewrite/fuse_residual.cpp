// SPDX-License-Identifier: Apache-2.0
// A convolution adds another value to what it computes before it writes it.
#include <optional>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/layer.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

/// Whether the convolution that makes `id` can take a residual: read by the addition alone, with
/// nothing between sum and output.
bool takes_residual(const Graph& graph, const Uses& uses, ValueId id) {
  const Node* conv = producer_of<Conv2d>(graph, uses, id);
  return conv != nullptr && conv->inputs.size() == 3 && is_read_once(graph, uses, id) &&
         std::get_if<Conv2d>(&conv->op)->activation.kind == ActivationKind::None &&
         is_plain_float(graph.value(id).spec);
}

/// Of two convolutions the later one takes the other's output: the earlier one's would have to
/// wait.
std::optional<std::size_t> conv_side(const Graph& graph, const Uses& uses, const Node& add) {
  const bool left = takes_residual(graph, uses, add.inputs[0]);
  const bool right = takes_residual(graph, uses, add.inputs[1]);
  if (left && right) {
    const std::size_t left_place = *uses.producer[graph::index(add.inputs[0])];
    const std::size_t right_place = *uses.producer[graph::index(add.inputs[1])];
    return left_place > right_place ? 0U : 1U;
  }
  if (left) return 0U;
  if (right) return 1U;
  return std::nullopt;
}

bool fuse_residual_at(Graph& graph, const Uses& uses, std::size_t index) {
  const Node& add = graph.nodes[index];
  const auto* op = std::get_if<Binary>(&add.op);
  if (op == nullptr || op->kind != BinaryKind::Add) return false;
  const std::optional<std::size_t> side = conv_side(graph, uses, add);
  if (!side) return false;
  const ValueId sum = add.inputs[*side];
  const ValueId residual = add.inputs[1 - *side];
  if (graph.value(sum).spec.shape != graph.value(residual).spec.shape) return false;
  Node& conv = graph.nodes[*uses.producer[graph::index(sum)]];
  *activation_of(conv.op) = op->activation;
  conv.inputs.push_back(residual);
  conv.output = add.output;
  conv.name = add.name;
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

}  // namespace

Result<bool> fuse_residual(Graph& graph) {
  return apply_everywhere(graph, fuse_residual_at);
}

}  // namespace tilewright::rewriting
