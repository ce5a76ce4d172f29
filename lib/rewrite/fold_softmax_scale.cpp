// SPDX-License-Identifier: Apache-2.0
// A positive number that a softmax's input is multiplied with is a factor of the softmax's own, as
// in attention: softmax(x * n) with factor beta = softmax(x) with factor n * beta.
#include <cmath>
#include <optional>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"
#include "lib/rewrite/with_number.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;

/// x times `number` as one number; nothing if that is not finite and above 0.
std::optional<float> scaled(const Graph& graph, const std::optional<WithNumber>& found,
                            float number, const Shape& shape) {
  if (!found || found->activation.kind != ActivationKind::None) return std::nullopt;
  if (graph.value(found->x).spec.shape != shape) return std::nullopt;
  return number > 0 && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

bool fold_softmax_scale_at(Graph& graph, const Uses& uses, std::size_t index) {
  Node& node = graph.nodes[index];
  auto* softmax = std::get_if<Softmax>(&node.op);
  if (softmax == nullptr || !is_plain_float(graph.value(node.output).spec)) return false;
  const Shape& shape = graph.value(node.inputs[0]).spec.shape;
  const auto product = with_number(graph, uses, BinaryKind::Mul, node.inputs[0]);
  const auto quotient = with_number(graph, uses, BinaryKind::Div, node.inputs[0]);
  const auto& found = product ? product : quotient;
  if (!found) return false;
  const float factor = softmax->beta * (product ? found->number : 1 / found->number);
  const std::optional<float> beta = scaled(graph, found, factor, shape);
  if (!beta) return false;
  softmax->beta = *beta;
  node.inputs[0] = found->x;
  return true;
}

}  // namespace

Result<bool> fold_softmax_scale(Graph& graph) {
  return apply_everywhere(graph, fold_softmax_scale_at);
}

}  // namespace tilewright::rewriting
