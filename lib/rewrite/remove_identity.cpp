// SPDX-License-Identifier: Apache-2.0
// Removes nodes that give their input back.
#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

struct IsIdentity {
  const Shape& x;  // input 0, of the output's shape and dtype
  std::size_t inputs = 0;

  bool operator()(const Reshape&) const { return true; }
  bool operator()(const Broadcast&) const { return true; }
  bool operator()(const Cast&) const { return true; }
  bool operator()(const Concat&) const { return inputs == 1; }
  bool operator()(const Pad&) const { return true; }
  bool operator()(const Reduce& op) const { return op.axes == 0; }
  bool operator()(const DepthToSpace& op) const { return op.block == 1; }
  bool operator()(const SpaceToDepth& op) const { return op.block == 1; }
  bool operator()(const Activate& op) const { return op.activation.kind == ActivationKind::None; }
  bool operator()(const Resize2d& op) const { return op.scale_h <= 0 && op.scale_w <= 0; }

  bool operator()(const Slice& op) const {
    for (int axis = 0; axis < x.rank(); ++axis) {
      if (x[axis] > 1 && op.step[static_cast<std::size_t>(axis)] != 1) return false;
    }
    return true;
  }

  bool operator()(const Transpose& op) const {
    for (int axis = 0; axis < x.rank(); ++axis) {
      if (op.perm[static_cast<std::size_t>(axis)] != axis) return false;
    }
    return true;
  }

  template <typename T>
  bool operator()(const T&) const {
    return false;
  }
};

/// Whether all elements of a constant are `number`.
bool is_all(const Graph& graph, ValueId id, float number) {
  if (!graph.is_constant(id) || !is_plain_float(graph.value(id).spec)) return false;
  for (const float element : graph::constant_elements<float>(graph, id)) {
    if (element != number) return false;
  }
  return true;
}

/// The input that x + 0, x - 0, x * 1 or x / 1 gives back.
std::optional<ValueId> neutral_operand(const Graph& graph, const Node& node) {
  const auto* op = std::get_if<Binary>(&node.op);
  if (op == nullptr || op->activation.kind != ActivationKind::None) return std::nullopt;
  const bool sums = op->kind == BinaryKind::Add || op->kind == BinaryKind::Sub;
  const bool scales = op->kind == BinaryKind::Mul || op->kind == BinaryKind::Div;
  if (!sums && !scales) return std::nullopt;
  const float neutral = sums ? 0.0F : 1.0F;
  const bool commutes = op->kind == BinaryKind::Add || op->kind == BinaryKind::Mul;
  if (is_all(graph, node.inputs[1], neutral)) return node.inputs[0];
  if (commutes && is_all(graph, node.inputs[0], neutral)) return node.inputs[1];
  return std::nullopt;
}

bool remove(Graph& graph, const graph::Uses&, std::size_t index) {
  const Node& node = graph.nodes[index];
  const std::optional<ValueId> neutral = neutral_operand(graph, node);
  const ValueId source = neutral.value_or(node.inputs[0]);
  const TensorSpec& x = graph.value(source).spec;
  const TensorSpec& y = graph.value(node.output).spec;
  if (x.shape != y.shape || x.dtype != y.dtype) return false;
  if (!neutral && !std::visit(IsIdentity{x.shape, node.inputs.size()}, node.op)) return false;
  return replace_value(graph, node.output, source);
}

}  // namespace

Result<bool> remove_identity(Graph& graph) {
  return apply_everywhere(graph, remove);
}

}  // namespace tilewright::rewriting
