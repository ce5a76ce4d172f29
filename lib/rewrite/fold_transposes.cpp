// SPDX-License-Identifier: Apache-2.0
// Products read their operands in any order: a transpose before a fully connected layer becomes a
// permutation of its weights' columns, one before a matrix product a flag.
#include <optional>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"
#include "lib/rewrite/permutation.h"
#include "lib/rewrite/transposed.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

/// x[n, ...] transposed within the dots and then flattened: how a network ends that puts channels
/// second.
struct FlattenedTranspose {
  ValueId x;
  Permutation order;
};

std::optional<FlattenedTranspose> flattened_transpose(const Graph& graph, const Uses& uses,
                                                      ValueId flat) {
  const Node* reshape = producer_of<Reshape>(graph, uses, flat);
  if (reshape == nullptr) return std::nullopt;
  const Node* transpose = producer_of<Transpose>(graph, uses, reshape->inputs[0]);
  if (transpose == nullptr) return std::nullopt;
  const ValueId x = transpose->inputs[0];
  const Shape& shape = graph.value(x).spec.shape;
  const Shape& rows = graph.value(flat).spec.shape;
  const Permutation order = permutation_of(*transpose, shape.rank());
  const bool flattens = rows.rank() == 2 && rows[0] == shape[0] && order[0] == 0;
  if (!flattens || shape.elements() == 0) return std::nullopt;
  return FlattenedTranspose{x, order};
}

/// weights[n, k] with its columns in the order of x's own elements.
ValueId weights_in_order(Graph& graph, const Uses& uses, ValueId weights, const Shape& x,
                         const Permutation& order) {
  graph::Value value = graph.value(weights);
  const Shape flat = value.spec.shape;
  Shape split = permuted(x, order);
  split[0] = flat[0];
  value.spec.shape = split;
  const ValueId columns = transposed(graph, uses, graph.add_value(value), inverse(order));
  graph.value(columns).spec.shape = flat;
  return columns;
}

bool fold_into_weights(Graph& graph, const Uses& uses, std::size_t index) {
  const Node& node = graph.nodes[index];
  if (!std::holds_alternative<FullyConnected>(node.op)) return false;
  const auto flattened = flattened_transpose(graph, uses, node.inputs[0]);
  const graph::Value& weights = graph.value(node.inputs[1]);
  if (!flattened || !weights.constant || weights.spec.quantization.scales.size() > 1) return false;
  const std::string name = node.name;
  const Shape rows = graph.value(node.inputs[0]).spec.shape;
  const Shape x = graph.value(flattened->x).spec.shape;
  const ValueId columns = weights_in_order(graph, uses, node.inputs[1], x, flattened->order);
  const ValueId flat = append_node(graph, name, Reshape{rows}, {flattened->x});
  graph.nodes[index].inputs[0] = flat;
  graph.nodes[index].inputs[1] = columns;
  return true;
}

bool swaps_last_two(const Permutation& order) {
  const std::size_t rank = order.size();
  if (rank < 2) return false;
  Permutation swapped = identity_permutation(static_cast<int>(rank));
  std::swap(swapped[rank - 1], swapped[rank - 2]);
  return order == swapped;
}

bool fold_into_flags(Graph& graph, const Uses& uses, std::size_t index) {
  Node& node = graph.nodes[index];
  auto* op = std::get_if<MatMul>(&node.op);
  if (op == nullptr) return false;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Node* transpose = producer_of<Transpose>(graph, uses, node.inputs[side]);
    if (transpose == nullptr) continue;
    const int rank = graph.value(node.inputs[side]).spec.shape.rank();
    if (!swaps_last_two(permutation_of(*transpose, rank))) continue;
    bool& flag = side == 0 ? op->transpose_a : op->transpose_b;
    flag = !flag;
    node.inputs[side] = transpose->inputs[0];
    return true;
  }
  return false;
}

}  // namespace

Result<bool> fold_transposes(Graph& graph) {
  const bool folded = apply_everywhere(graph, fold_into_weights);
  return apply_everywhere(graph, fold_into_flags) || folded;
}

}  // namespace tilewright::rewriting
