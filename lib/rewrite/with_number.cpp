// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/with_number.h"

#include <cmath>

#include "lib/rewrite/edit.h"

namespace tilewright::rewriting {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

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

std::optional<ValueId> multiplied_by(const Graph& graph, const Uses& uses, float factor,
                                     ValueId id) {
  const auto is = [](const std::optional<WithNumber>& found, float number) {
    return found && found->activation.kind == ActivationKind::None &&
           is_near(found->number, number);
  };
  const auto product = with_number(graph, uses, BinaryKind::Mul, id);
  if (is(product, factor)) return product->x;
  const auto quotient = with_number(graph, uses, BinaryKind::Div, id);
  if (is(quotient, 1 / factor)) return quotient->x;
  return std::nullopt;
}

std::optional<ValueId> increased_by(const Graph& graph, const Uses& uses, float number,
                                    ValueId id) {
  const auto sum = with_number(graph, uses, BinaryKind::Add, id);
  const bool matches =
      sum && sum->activation.kind == ActivationKind::None && is_near(sum->number, number);
  return matches ? std::optional(sum->x) : std::nullopt;
}

}  // namespace tilewright::rewriting
