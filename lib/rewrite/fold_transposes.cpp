// SPDX-License-Identifier: Apache-2.0
// Products read their operands in any order: a transpose before a fully connected layer becomes a
// permutation of its weights' columns. One before a matrix product becomes a flag; what is left of
// it moves no columns, and so is a matter of addresses.
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

/// Whether the columns of x become the rows of what is transposed.
bool turns_columns_to_rows(const Permutation& order) {
  const std::size_t rank = order.size();
  return rank >= 2 && static_cast<std::size_t>(order[rank - 2]) == rank - 1;
}

/// x transposed so that only its last two dimensions still have to change places.
ValueId without_last_swap(Graph& graph, const std::string& name, ValueId x, Permutation order) {
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  if (is_identity(order)) return x;
  return append_node(graph, name, transpose_op(order), {x});
}

bool fold_into_flags(Graph& graph, const Uses& uses, std::size_t index) {
  if (!std::holds_alternative<MatMul>(graph.nodes[index].op)) return false;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const ValueId operand = graph.nodes[index].inputs[side];
    const Node* transpose = producer_of<Transpose>(graph, uses, operand);
    if (transpose == nullptr) continue;
    const Permutation order = permutation_of(*transpose, graph.value(operand).spec.shape.rank());
    if (!turns_columns_to_rows(order)) continue;
    const std::string name = transpose->name;
    const ValueId x = without_last_swap(graph, name, transpose->inputs[0], order);
    auto& op = *std::get_if<MatMul>(&graph.nodes[index].op);
    bool& flag = side == 0 ? op.transpose_a : op.transpose_b;
    flag = !flag;
    graph.nodes[index].inputs[side] = x;
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
