// SPDX-License-Identifier: Apache-2.0
// Layer normalisation, which files spell out op by op, its scale and bias apart (`fold_scale` takes
// those in).
//
//   d = x - mean(x)
//   d / sqrt(mean(d^2) + epsilon), also as a product with the reciprocal of the root
#include <optional>
#include <vector>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"
#include "lib/rewrite/with_number.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

/// The input of the Unary of this kind that makes `id`.
std::optional<ValueId> argument_of(const Graph& graph, const Uses& uses, UnaryKind kind,
                                   ValueId id) {
  const Node* node = producer_of<Unary>(graph, uses, id);
  if (node == nullptr || std::get_if<Unary>(&node->op)->kind != kind) return std::nullopt;
  return node->inputs[0];
}

/// The Binary without activation of this kind that makes `id`; null if none does.
const Node* plain_binary(const Graph& graph, const Uses& uses, BinaryKind kind, ValueId id) {
  const Node* node = producer_of<Binary>(graph, uses, id);
  const bool matches = node != nullptr && *std::get_if<Binary>(&node->op) == Binary{kind, {}};
  return matches ? node : nullptr;
}

/// What `id` is the mean of over the innermost dimension, which stays with an extent of 1.
std::optional<ValueId> averaged(const Graph& graph, const Uses& uses, ValueId id) {
  const Node* node = producer_of<Reduce>(graph, uses, id);
  if (node == nullptr) return std::nullopt;
  const auto& op = *std::get_if<Reduce>(&node->op);
  const int rank = graph.value(node->inputs[0]).spec.shape.rank();
  if (op.kind != ReduceKind::Mean || !op.keep_dims || rank == 0) return std::nullopt;
  if (op.axes != std::uint32_t{1} << (rank - 1)) return std::nullopt;
  return node->inputs[0];
}

/// Whether `id` is the square of `difference`, which is x - mean.
bool is_square(const Graph& graph, const Uses& uses, ValueId id, ValueId difference) {
  if (argument_of(graph, uses, UnaryKind::Square, id) == difference) return true;
  if (const Node* product = plain_binary(graph, uses, BinaryKind::Mul, id); product != nullptr) {
    return product->inputs[0] == difference && product->inputs[1] == difference;
  }
  const Node* square = plain_binary(graph, uses, BinaryKind::SquaredDifference, id);
  const Node* subtraction = plain_binary(graph, uses, BinaryKind::Sub, difference);
  return square != nullptr && subtraction != nullptr && square->inputs == subtraction->inputs;
}

struct Normalization {
  ValueId x;
  float epsilon;
};

/// difference / sqrt(variance + epsilon) with `shifted` = variance + epsilon.
std::optional<Normalization> normalization_of(const Graph& graph, const Uses& uses,
                                              ValueId difference, ValueId shifted) {
  const Node* subtraction = plain_binary(graph, uses, BinaryKind::Sub, difference);
  const auto sum = with_number(graph, uses, BinaryKind::Add, shifted);
  if (subtraction == nullptr || !sum || sum->activation.kind != ActivationKind::None)
    return std::nullopt;
  const ValueId x = subtraction->inputs[0];
  if (averaged(graph, uses, subtraction->inputs[1]) != x) return std::nullopt;
  const auto squares = averaged(graph, uses, sum->x);
  if (!squares || !is_square(graph, uses, *squares, difference)) return std::nullopt;
  return Normalization{x, sum->number};
}

/// The y of 1 / sqrt(y).
std::optional<ValueId> of_reciprocal_root(const Graph& graph, const Uses& uses, ValueId id) {
  if (const auto y = argument_of(graph, uses, UnaryKind::Rsqrt, id)) return y;
  const auto root = argument_of(graph, uses, UnaryKind::Reciprocal, id);
  return root ? argument_of(graph, uses, UnaryKind::Sqrt, *root) : std::nullopt;
}

std::optional<Normalization> find_normalization(const Graph& graph, const Uses& uses,
                                                const Node& node) {
  if (plain_binary(graph, uses, BinaryKind::Div, node.output) != nullptr) {
    const auto shifted = argument_of(graph, uses, UnaryKind::Sqrt, node.inputs[1]);
    return shifted ? normalization_of(graph, uses, node.inputs[0], *shifted) : std::nullopt;
  }
  if (plain_binary(graph, uses, BinaryKind::Mul, node.output) == nullptr) return std::nullopt;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const auto shifted = of_reciprocal_root(graph, uses, node.inputs[1 - side]);
    if (!shifted) continue;
    if (auto found = normalization_of(graph, uses, node.inputs[side], *shifted)) return found;
  }
  return std::nullopt;
}

bool recognize_layer_norm_at(Graph& graph, const Uses& uses, std::size_t index) {
  const std::optional<Normalization> found = find_normalization(graph, uses, graph.nodes[index]);
  if (!found) return false;
  const TensorSpec& x = graph.value(found->x).spec;
  const TensorSpec& y = graph.value(graph.nodes[index].output).spec;
  if (!is_plain_float(x) || !is_plain_float(y) || x.shape != y.shape) return false;
  const std::int64_t channels = x.shape.last();
  const auto constant = [&](const char* part, float number) {
    const std::vector<float> numbers(static_cast<std::size_t>(channels), number);
    return graph.add_constant({graph.nodes[index].name + part, DType::Float32, {channels}, {}},
                              std::as_bytes(std::span(numbers)));
  };
  const std::vector<ValueId> inputs{found->x, constant("/scale", 1), constant("/bias", 0)};
  graph.nodes[index].op = LayerNorm{found->epsilon};
  graph.nodes[index].inputs = inputs;
  return true;
}

}  // namespace

Result<bool> recognize_layer_norm(Graph& graph) {
  return apply_everywhere(graph, recognize_layer_norm_at);
}

}  // namespace tilewright::rewriting
