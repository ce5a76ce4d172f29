// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/transposed.h"

#include <algorithm>
#include <string>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/evaluate.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

Shape with_leading_ones(const Shape& shape, std::size_t rank) {
  std::vector<std::int64_t> dims(rank - static_cast<std::size_t>(shape.rank()), 1);
  dims.insert(dims.end(), shape.dims().begin(), shape.dims().end());
  return Shape(dims);
}

/// What a value is a transpose of.
struct Origin {
  ValueId id;
  Permutation order;
};

Origin origin_of(const Graph& graph, const Uses& uses, ValueId id, const Permutation& order) {
  if (index(id) >= uses.producer.size()) return {id, order};
  const std::optional<std::size_t> producer = uses.producer[index(id)];
  if (!producer) return {id, order};
  const Node& node = graph.nodes[*producer];
  const bool same_rank = graph.value(id).spec.shape.rank() == static_cast<int>(order.size());
  if (!std::holds_alternative<Transpose>(node.op) || !same_rank) return {id, order};
  const int rank = graph.value(id).spec.shape.rank();
  return {node.inputs[0], then(permutation_of(node, rank), order)};
}

/// The output of a node that transposes `id` to `order` already.
std::optional<ValueId> existing(const Graph& graph, const Uses& uses, ValueId id,
                                const Permutation& order) {
  if (index(id) >= uses.readers.size()) return std::nullopt;
  for (const std::size_t reader : uses.readers[index(id)]) {
    const Node& node = graph.nodes[reader];
    if (!std::holds_alternative<Transpose>(node.op)) continue;
    if (permutation_of(node, static_cast<int>(order.size())) == order) return node.output;
  }
  return std::nullopt;
}

ValueId transposed_constant(Graph& graph, ValueId id, const Permutation& order) {
  const graph::Value& value = graph.value(id);
  TensorSpec src = value.spec;
  src.shape = with_leading_ones(src.shape, order.size());
  TensorSpec dst = src;
  dst.shape = permuted(src.shape, order);
  graph::Constant constant = *value.constant;
  if (!keeps_element_order(order, src.shape)) {
    const Op op = transpose_op(order);
    const std::byte* bytes = constant.bytes.data();
    const auto moved = evaluate({op, std::span(&src, 1), dst}, std::span(&bytes, 1));
    TILEWRIGHT_CHECK(moved.has_value());
    constant = *moved;
  }
  return graph.add_value({std::move(dst), std::move(constant)});
}

std::string name_of_transposed(const Graph& graph, ValueId id) {
  constexpr std::string_view kSuffix = ".transposed";
  std::string name = graph.value(id).spec.name;
  if (!name.ends_with(kSuffix)) name += kSuffix;
  return name;
}

}  // namespace

bool needs_transpose(const Graph& graph, const Uses& uses, ValueId id, const Permutation& order) {
  if (graph.is_constant(id)) return false;
  const Origin origin = origin_of(graph, uses, id, order);
  return !is_identity(origin.order) && !existing(graph, uses, origin.id, origin.order);
}

std::int64_t transposing_bytes(const Graph& graph, const Uses& uses, ValueId id,
                               const Permutation& order) {
  if (!needs_transpose(graph, uses, id, order)) return 0;
  const Origin origin = origin_of(graph, uses, id, order);
  const TensorSpec& spec = graph.value(origin.id).spec;
  const Shape shape = with_leading_ones(spec.shape, origin.order.size());
  return keeps_element_order(origin.order, shape) ? 0 : spec.size_bytes();
}

ValueId transposed(Graph& graph, const Uses& uses, ValueId id, const Permutation& order) {
  if (graph.is_constant(id)) return transposed_constant(graph, id, order);
  const Origin origin = origin_of(graph, uses, id, order);
  if (is_identity(origin.order)) return origin.id;
  if (const auto found = existing(graph, uses, origin.id, origin.order)) return *found;
  const std::string name = name_of_transposed(graph, origin.id);
  const Shape& shape = graph.value(origin.id).spec.shape;
  ValueId src = origin.id;
  if (shape.rank() != static_cast<int>(order.size())) {
    src = append_node(graph, name, Reshape{with_leading_ones(shape, order.size())}, {src});
  }
  return append_node(graph, name, transpose_op(origin.order), {src});
}

std::int64_t transposed_bytes(const Graph& graph) {
  std::int64_t bytes = 0;
  for (const Node& node : graph.nodes) {
    if (!std::holds_alternative<Transpose>(node.op)) continue;
    const TensorSpec& x = graph.value(node.inputs[0]).spec;
    if (!keeps_element_order(permutation_of(node, x.shape.rank()), x.shape)) {
      bytes += x.size_bytes();
    }
  }
  return bytes;
}

}  // namespace tilewright::rewriting
