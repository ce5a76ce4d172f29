// SPDX-License-Identifier: Apache-2.0
// A reshape of a reshape is one, and so is a transpose that only moves dimensions of extent 1.
#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"
#include "lib/rewrite/permutation.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;

bool merge(Graph& graph, const graph::Uses& uses, std::size_t index) {
  Node& node = graph.nodes[index];
  if (!std::holds_alternative<Reshape>(node.op)) return false;
  if (const Node* before = producer_of<Reshape>(graph, uses, node.inputs[0]); before != nullptr) {
    node.inputs = before->inputs;
    return true;
  }
  const Node* before = producer_of<Transpose>(graph, uses, node.inputs[0]);
  if (before == nullptr) return false;
  const Shape& x = graph.value(before->inputs[0]).spec.shape;
  if (!keeps_element_order(permutation_of(*before, x.rank()), x)) return false;
  node.inputs = before->inputs;
  return true;
}

bool as_reshape(Graph& graph, const graph::Uses&, std::size_t index) {
  Node& node = graph.nodes[index];
  if (!std::holds_alternative<Transpose>(node.op)) return false;
  const Shape& x = graph.value(node.inputs[0]).spec.shape;
  if (!keeps_element_order(permutation_of(node, x.rank()), x)) return false;
  node.op = Reshape{graph.value(node.output).spec.shape};
  return true;
}

}  // namespace

Result<bool> merge_reshapes(Graph& graph) {
  return apply_everywhere(graph, merge);
}

Result<bool> turn_transposes_into_reshapes(Graph& graph) {
  return apply_everywhere(graph, as_reshape);
}

}  // namespace tilewright::rewriting
