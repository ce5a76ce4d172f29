// SPDX-License-Identifier: Apache-2.0
// Computes nodes whose inputs are all constants.
#include "kernels/op_rules.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/evaluate.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

/// A result above this size must not be larger than what it is made of: a broadcast constant would
/// only cost memory.
constexpr std::int64_t kSmallBytes = 1 << 16;

/// Most multiply-accumulates that are spent on one node: what a file makes us compute stays in
/// proportion to what it holds.
constexpr std::int64_t kMostMacs = std::int64_t{1} << 28;

/// Windows over one value may cost any number of steps for each element, and nobody folds them.
bool is_cheap(const Graph& graph, const Node& node) {
  if (std::holds_alternative<Pool2d>(node.op)) return false;
  if (std::holds_alternative<LocalResponseNorm>(node.op)) return false;
  const std::vector<TensorSpec> specs = graph::input_specs(graph, node);
  return kernels::macs(node.op, specs, graph.value(node.output).spec) <= kMostMacs;
}

bool is_worth_keeping(const Graph& graph, const Node& node) {
  const std::int64_t result_bytes = graph.value(node.output).spec.size_bytes();
  std::int64_t input_bytes = 0;
  for (const ValueId id : node.inputs)
    input_bytes += graph.value(id).spec.size_bytes();
  const bool converts = std::holds_alternative<Cast>(node.op);
  return converts || result_bytes <= kSmallBytes || result_bytes <= input_bytes;
}

bool fold_constants_at(Graph& graph, const graph::Uses&, std::size_t index) {
  Node& node = graph.nodes[index];
  for (const ValueId id : node.inputs) {
    if (!graph.is_constant(id)) return false;
  }
  if (is_graph_output(graph, node.output) || !is_worth_keeping(graph, node)) return false;
  if (!is_cheap(graph, node)) return false;
  const std::vector<TensorSpec> specs = graph::input_specs(graph, node);
  std::vector<const std::byte*> src;
  for (const ValueId id : node.inputs)
    src.push_back(graph.value(id).constant->bytes.data());
  graph::Value& result = graph.value(node.output);
  result.constant = evaluate({node.op, specs, result.spec}, src);
  if (!result.constant) return false;
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

}  // namespace

Result<bool> fold_constants(Graph& graph) {
  return apply_everywhere(graph, fold_constants_at);
}

}  // namespace tilewright::rewriting
