// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/affine.h"

#include <algorithm>
#include <utility>

#include "lib/rewrite/edit.h"

namespace tilewright::rewriting {

using graph::Graph;
using graph::Node;
using graph::ValueId;

namespace {

/// A Binary of kind `kind` with `constant` as its second operand (its first if `swapped`).
std::optional<Affine> affine_of(BinaryKind kind, bool swapped, ValueId x,
                                std::vector<float> constant) {
  const std::size_t channels = constant.size();
  Affine result{x, std::vector<float>(channels, 1.0F), std::vector<float>(channels, 0.0F)};
  switch (kind) {
    case BinaryKind::Mul:
      result.scale = std::move(constant);
      return result;
    case BinaryKind::Add:
      result.shift = std::move(constant);
      return result;
    case BinaryKind::Sub:
      if (swapped) std::ranges::fill(result.scale, -1.0F);
      for (std::size_t i = 0; i < channels; ++i)
        result.shift[i] = swapped ? constant[i] : -constant[i];
      return result;
    case BinaryKind::Div:
      if (swapped) return std::nullopt;
      for (std::size_t i = 0; i < channels; ++i)
        result.scale[i] = 1.0F / constant[i];
      return result;
    case BinaryKind::Max:
    case BinaryKind::Min:
    case BinaryKind::Pow:
    case BinaryKind::SquaredDifference:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<float>> per_channel(const Graph& graph, ValueId id, const Shape& shape) {
  const TensorSpec& spec = graph.value(id).spec;
  if (!graph.is_constant(id) || !is_plain_float(spec) || spec.shape.rank() > shape.rank()) {
    return std::nullopt;
  }
  const std::int64_t elements = spec.shape.elements();
  const std::int64_t channels = shape.last();
  if (elements != 1 && (elements != channels || spec.shape.last() != channels)) {
    return std::nullopt;
  }
  const auto values = graph::constant_elements<float>(graph, id);
  if (elements == 1) return std::vector<float>(static_cast<std::size_t>(channels), values[0]);
  return std::vector<float>(values.begin(), values.end());
}

std::optional<Affine> affine(const Graph& graph, const Node& node) {
  const auto* op = std::get_if<Binary>(&node.op);
  if (op == nullptr) return std::nullopt;
  const Shape& shape = graph.value(node.output).spec.shape;
  for (const bool swapped : {false, true}) {
    const ValueId x = node.inputs[swapped ? 1 : 0];
    const ValueId constant = node.inputs[swapped ? 0 : 1];
    const TensorSpec& spec = graph.value(x).spec;
    if (graph.is_constant(x) || spec.shape != shape || !is_plain_float(spec)) continue;
    auto values = per_channel(graph, constant, shape);
    if (values) return affine_of(op->kind, swapped, x, *std::move(values));
  }
  return std::nullopt;
}

}  // namespace tilewright::rewriting
