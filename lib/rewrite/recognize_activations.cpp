// SPDX-License-Identifier: Apache-2.0
// Activations that a file spells out op by op.
//
//   silu        x * sigmoid(x)
//   hard_swish  x * hard_sigmoid(x), x * (relu6(x + 3) / 6), x * relu6(x + 3) / 6
#include <cmath>
#include <optional>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

/// A value and one constant number, joined by a Binary.
struct WithNumber {
  ValueId x;
  float number;
  Activation activation;
};

/// The operands of `id`, if a Binary of this kind with one number makes it. For Div the number is
/// the divisor.
std::optional<WithNumber> with_number(const Graph& graph, const Uses& uses, BinaryKind kind,
                                      ValueId id) {
  const Node* node = producer_of<Binary>(graph, uses, id);
  if (node == nullptr) return std::nullopt;
  const auto& op = *std::get_if<Binary>(&node->op);
  if (op.kind != kind) return std::nullopt;
  for (const std::size_t side : {std::size_t{1}, std::size_t{0}}) {
    const ValueId number = node->inputs[side];
    const TensorSpec& spec = graph.value(number).spec;
    if (side == 0 && kind == BinaryKind::Div) continue;
    if (!graph.is_constant(number) || !is_plain_float(spec) || spec.shape.elements() != 1) continue;
    return WithNumber{node->inputs[1 - side], graph::constant_elements<float>(graph, number)[0],
                      op.activation};
  }
  return std::nullopt;
}

bool is_near(float value, float wanted) {
  return std::abs(value - wanted) <= 1e-5F * std::abs(wanted);
}

bool is_relu6(const Activation& activation) {
  return activation.kind == ActivationKind::Relu6;
}

/// The x of relu6(x + 3), its activation fused or not.
std::optional<ValueId> of_shifted_relu6(const Graph& graph, const Uses& uses, ValueId id) {
  if (const Node* node = producer_of<Activate>(graph, uses, id); node != nullptr) {
    if (!is_relu6(std::get_if<Activate>(&node->op)->activation)) return std::nullopt;
    const auto sum = with_number(graph, uses, BinaryKind::Add, node->inputs[0]);
    const bool matches =
        sum && is_near(sum->number, 3) && sum->activation.kind == ActivationKind::None;
    return matches ? std::optional(sum->x) : std::nullopt;
  }
  const auto sum = with_number(graph, uses, BinaryKind::Add, id);
  const bool matches = sum && is_near(sum->number, 3) && is_relu6(sum->activation);
  return matches ? std::optional(sum->x) : std::nullopt;
}

/// The y of y / 6 or y * (1 / 6).
std::optional<ValueId> of_sixth(const Graph& graph, const Uses& uses, ValueId id) {
  const auto product = with_number(graph, uses, BinaryKind::Mul, id);
  if (product && product->activation.kind == ActivationKind::None &&
      is_near(product->number, 1.0F / 6)) {
    return product->x;
  }
  const auto quotient = with_number(graph, uses, BinaryKind::Div, id);
  if (quotient && quotient->activation.kind == ActivationKind::None &&
      is_near(quotient->number, 6)) {
    return quotient->x;
  }
  return std::nullopt;
}

/// Whether `gate` is the factor that makes x * gate a silu or a hard_swish.
std::optional<ActivationKind> gated_by(const Graph& graph, const Uses& uses, ValueId x,
                                       ValueId gate) {
  if (const Node* node = producer_of<Activate>(graph, uses, gate);
      node != nullptr && node->inputs[0] == x) {
    const Activation& activation = std::get_if<Activate>(&node->op)->activation;
    if (activation.kind == ActivationKind::Sigmoid) return ActivationKind::Silu;
    if (activation.kind == ActivationKind::HardSigmoid && is_near(activation.alpha, 1.0F / 6) &&
        is_near(activation.beta, 0.5F)) {
      return ActivationKind::HardSwish;
    }
  }
  const auto clamped = of_sixth(graph, uses, gate);
  if (clamped && of_shifted_relu6(graph, uses, *clamped) == x) return ActivationKind::HardSwish;
  return std::nullopt;
}

/// Makes the node an activation of x.
bool become(Graph& graph, Node& node, ValueId x, ActivationKind kind) {
  if (!is_plain_float(graph.value(x).spec)) return false;
  node.op = Activate{{kind, 0, 0}};
  node.inputs = {x};
  return true;
}

bool recognize(Graph& graph, const Uses& uses, std::size_t index) {
  Node& node = graph.nodes[index];
  const auto* op = std::get_if<Binary>(&node.op);
  if (op == nullptr || op->activation.kind != ActivationKind::None) return false;
  if (op->kind == BinaryKind::Mul) {
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      const ValueId x = node.inputs[side];
      const auto kind = gated_by(graph, uses, x, node.inputs[1 - side]);
      if (kind) return become(graph, node, x, *kind);
    }
  }
  const auto product_id = of_sixth(graph, uses, node.output);
  if (!product_id) return false;
  const Node* product = producer_of<Binary>(graph, uses, *product_id);
  if (product == nullptr) return false;
  const auto& inner = *std::get_if<Binary>(&product->op);
  if (inner.kind != BinaryKind::Mul || inner.activation.kind != ActivationKind::None) return false;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const ValueId x = product->inputs[side];
    if (of_shifted_relu6(graph, uses, product->inputs[1 - side]) == x) {
      return become(graph, node, x, ActivationKind::HardSwish);
    }
  }
  return false;
}

}  // namespace

Result<bool> recognize_activations(Graph& graph) {
  return apply_everywhere(graph, recognize);
}

}  // namespace tilewright::rewriting
