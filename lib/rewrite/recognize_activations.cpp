// SPDX-License-Identifier: Apache-2.0
// Activations that a file spells out op by op.
//
//   silu        x * sigmoid(x)
//   hard_swish  x * hard_sigmoid(x), x * (relu6(x + 3) / 6), x * relu6(x + 3) / 6
#include <optional>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"
#include "lib/rewrite/with_number.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

bool is_relu6(const Activation& activation) {
  return activation.kind == ActivationKind::Relu6;
}

/// The x of relu6(x + 3), its activation fused or not.
std::optional<ValueId> of_shifted_relu6(const Graph& graph, const Uses& uses, ValueId id) {
  if (const Node* node = producer_of<Activate>(graph, uses, id); node != nullptr) {
    if (!is_relu6(std::get_if<Activate>(&node->op)->activation)) return std::nullopt;
    return increased_by(graph, uses, 3, node->inputs[0]);
  }
  const auto sum = with_number(graph, uses, BinaryKind::Add, id);
  const bool matches = sum && is_near(sum->number, 3) && is_relu6(sum->activation);
  return matches ? std::optional(sum->x) : std::nullopt;
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
  const auto clamped = multiplied_by(graph, uses, 1.0F / 6, gate);
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

bool recognize_activation_at(Graph& graph, const Uses& uses, std::size_t index) {
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
  const auto product_id = multiplied_by(graph, uses, 1.0F / 6, node.output);
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
  return apply_everywhere(graph, recognize_activation_at);
}

}  // namespace tilewright::rewriting
