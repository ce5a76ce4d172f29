// SPDX-License-Identifier: Apache-2.0
// The Gaussian error linear unit, which files spell out op by op.
//
//   gelu       x * (1 + erf(x / sqrt(2))) / 2, the half anywhere in the product
//   gelu_tanh  x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2
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

constexpr float kSqrtHalf = 0.70710678F;
constexpr float kSqrtTwoOverPi = 0.79788456F;
constexpr float kCubeFactor = 0.044715F;

/// A gelu without its factor x / 2: the kind, and what it is a function of.
struct Gate {
  ActivationKind kind;
  ValueId x;
};

/// The operands of the product that makes `id`; null if it is none.
const Node* plain_product(const Graph& graph, const Uses& uses, ValueId id) {
  const Node* node = producer_of<Binary>(graph, uses, id);
  if (node == nullptr) return nullptr;
  const auto& op = *std::get_if<Binary>(&node->op);
  const bool is_plain = op.kind == BinaryKind::Mul && op.activation.kind == ActivationKind::None;
  return is_plain ? node : nullptr;
}

bool is_square_of(const Graph& graph, const Uses& uses, ValueId id, ValueId x) {
  if (const Node* unary = producer_of<Unary>(graph, uses, id); unary != nullptr) {
    return std::get_if<Unary>(&unary->op)->kind == UnaryKind::Square && unary->inputs[0] == x;
  }
  const Node* product = plain_product(graph, uses, id);
  return product != nullptr && product->inputs[0] == x && product->inputs[1] == x;
}

bool is_cube_of(const Graph& graph, const Uses& uses, ValueId id, ValueId x) {
  const auto power = with_number(graph, uses, BinaryKind::Pow, id);
  if (power) return power->x == x && power->number == 3;
  const Node* product = plain_product(graph, uses, id);
  if (product == nullptr) return false;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    if (product->inputs[side] == x && is_square_of(graph, uses, product->inputs[1 - side], x))
      return true;
  }
  return false;
}

/// The x of x + 0.044715 * x^3.
std::optional<ValueId> of_cubic(const Graph& graph, const Uses& uses, ValueId id) {
  const Node* sum = producer_of<Binary>(graph, uses, id);
  if (sum == nullptr || !(*std::get_if<Binary>(&sum->op) == Binary{})) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const ValueId x = sum->inputs[side];
    const auto cube = multiplied_by(graph, uses, kCubeFactor, sum->inputs[1 - side]);
    if (cube && is_cube_of(graph, uses, *cube, x)) return x;
  }
  return std::nullopt;
}

/// What 1 + erf(..) or 1 + tanh(..) is the gate of.
std::optional<Gate> gate_of(const Graph& graph, const Uses& uses, ValueId id) {
  const auto function = increased_by(graph, uses, 1, id);
  if (!function) return std::nullopt;
  if (const Node* erf = producer_of<Unary>(graph, uses, *function); erf != nullptr) {
    if (std::get_if<Unary>(&erf->op)->kind != UnaryKind::Erf) return std::nullopt;
    const auto x = multiplied_by(graph, uses, kSqrtHalf, erf->inputs[0]);
    if (x) return Gate{ActivationKind::Gelu, *x};
  }
  if (const Node* tanh = producer_of<Activate>(graph, uses, *function); tanh != nullptr) {
    const Activation& activation = std::get_if<Activate>(&tanh->op)->activation;
    if (activation.kind != ActivationKind::Tanh) return std::nullopt;
    const auto cubic = multiplied_by(graph, uses, kSqrtTwoOverPi, tanh->inputs[0]);
    const auto x = cubic ? of_cubic(graph, uses, *cubic) : std::nullopt;
    if (x) return Gate{ActivationKind::GeluTanh, *x};
  }
  return std::nullopt;
}

/// Whether x * gate is a gelu of x without its half.
std::optional<Gate> doubled_gelu(const Graph& graph, const Uses& uses, ValueId x, ValueId gate) {
  const std::optional<Gate> found = gate_of(graph, uses, gate);
  return found && found->x == x ? found : std::nullopt;
}

/// Whether the product of the two is a gelu: the half belongs to one of them.
std::optional<Gate> gelu_of(const Graph& graph, const Uses& uses, ValueId a, ValueId b) {
  if (const auto x = multiplied_by(graph, uses, 0.5F, a)) {
    if (const auto found = doubled_gelu(graph, uses, *x, b)) return found;
  }
  const auto gate = multiplied_by(graph, uses, 0.5F, b);
  return gate ? doubled_gelu(graph, uses, a, *gate) : std::nullopt;
}

std::optional<Gate> find_gelu(const Graph& graph, const Uses& uses, const Node& node) {
  const auto doubled = multiplied_by(graph, uses, 0.5F, node.output);
  const Node* product = plain_product(graph, uses, doubled.value_or(node.output));
  if (product == nullptr) return std::nullopt;
  const auto matches = doubled ? doubled_gelu : gelu_of;
  const ValueId a = product->inputs[0];
  const ValueId b = product->inputs[1];
  if (const auto found = matches(graph, uses, a, b)) return found;
  return matches(graph, uses, b, a);
}

bool recognize_gelu_at(Graph& graph, const Uses& uses, std::size_t index) {
  Node& node = graph.nodes[index];
  if (!std::holds_alternative<Binary>(node.op)) return false;
  const std::optional<Gate> found = find_gelu(graph, uses, node);
  if (!found || !is_plain_float(graph.value(found->x).spec)) return false;
  if (graph.value(found->x).spec.shape != graph.value(node.output).spec.shape) return false;
  node.op = Activate{{found->kind, 0, 0}};
  node.inputs = {found->x};
  return true;
}

}  // namespace

Result<bool> recognize_gelu(Graph& graph) {
  return apply_everywhere(graph, recognize_gelu_at);
}

}  // namespace tilewright::rewriting
