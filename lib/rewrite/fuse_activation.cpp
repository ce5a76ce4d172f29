// SPDX-License-Identifier: Apache-2.0
// An activation is computed where its input is made. A maximum or minimum with one constant number
// is an activation too.
#include <algorithm>
#include <cmath>
#include <limits>
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

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// min(max(x, low), high)
struct Range {
  float low = -kInfinity;
  float high = kInfinity;
};

std::optional<Range> range_of(const Activation& activation) {
  switch (activation.kind) {
    case ActivationKind::None:
      return Range{};
    case ActivationKind::Relu:
      return Range{.low = 0};
    case ActivationKind::Relu6:
      return Range{.low = 0, .high = 6};
    case ActivationKind::Clamp:
      return Range{.low = activation.alpha, .high = activation.beta};
    case ActivationKind::LeakyRelu:
    case ActivationKind::Sigmoid:
    case ActivationKind::Tanh:
    case ActivationKind::HardSigmoid:
    case ActivationKind::HardSwish:
    case ActivationKind::Silu:
    case ActivationKind::Elu:
    case ActivationKind::Gelu:
    case ActivationKind::GeluTanh:
      return std::nullopt;
  }
  return std::nullopt;
}

Activation activation_of_range(Range range) {
  if (range.low == 0 && range.high == kInfinity) return {ActivationKind::Relu, 0, 0};
  if (range.low == 0 && range.high == 6) return {ActivationKind::Relu6, 0, 0};
  return {ActivationKind::Clamp, range.low, range.high};
}

/// One activation that does what `first` and then `second` do.
std::optional<Activation> merged(const Activation& first, const Activation& second) {
  if (first.kind == ActivationKind::None) return second;
  const std::optional<Range> inner = range_of(first);
  const std::optional<Range> outer = range_of(second);
  if (!inner || !outer) return std::nullopt;
  const auto clamp = [&](float x) { return std::min(std::max(x, outer->low), outer->high); };
  return activation_of_range({clamp(inner->low), clamp(inner->high)});
}

bool fuse_activation_at(Graph& graph, const Uses& uses, std::size_t index) {
  const Node& node = graph.nodes[index];
  const auto* activate = std::get_if<Activate>(&node.op);
  if (activate == nullptr || !is_read_once(graph, uses, node.inputs[0])) return false;
  const std::optional<std::size_t> producer = uses.producer[graph::index(node.inputs[0])];
  if (!producer || !is_plain_float(graph.value(node.output).spec)) return false;
  Node& before = graph.nodes[*producer];
  Activation* activation = activation_of(before.op);
  if (activation == nullptr) return false;
  const std::optional<Activation> both = merged(*activation, activate->activation);
  if (!both) return false;
  *activation = *both;
  before.output = node.output;
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

/// A maximum or minimum with one number as an activation of the other operand.
bool turn_into_activation(Graph& graph, const Uses&, std::size_t index) {
  Node& node = graph.nodes[index];
  const auto* op = std::get_if<Binary>(&node.op);
  if (op == nullptr || (op->kind != BinaryKind::Max && op->kind != BinaryKind::Min)) return false;
  for (const std::size_t side : {std::size_t{1}, std::size_t{0}}) {
    const ValueId constant = node.inputs[side];
    const ValueId x = node.inputs[1 - side];
    const TensorSpec& spec = graph.value(constant).spec;
    if (!graph.is_constant(constant) || !is_plain_float(spec) || spec.shape.elements() != 1)
      continue;
    if (graph.value(x).spec.shape != graph.value(node.output).spec.shape) continue;
    const float number = graph::constant_elements<float>(graph, constant)[0];
    if (std::isnan(number)) continue;
    const Range range = op->kind == BinaryKind::Max ? Range{.low = number} : Range{.high = number};
    const auto both = merged(activation_of_range(range), op->activation);
    if (!both) continue;
    node.op = Activate{*both};
    node.inputs = {x};
    return true;
  }
  return false;
}

}  // namespace

Result<bool> fuse_activation(Graph& graph) {
  const bool turned = apply_everywhere(graph, turn_into_activation);
  return apply_everywhere(graph, fuse_activation_at) || turned;
}

}  // namespace tilewright::rewriting
