// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/edit.h"

#include <algorithm>
#include <utility>

#include "kernels/op_rules.h"
#include "lib/graph/tidy.h"

namespace tilewright::rewriting {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

bool apply_everywhere(Graph& graph, Rule rule) {
  // Each rule makes the graph simpler; the cap is for the mistake of one that does not.
  std::size_t changes_left = 16 * graph.nodes.size() + 16;
  bool any_changed = false;
  bool changed = true;
  while (changed && changes_left > 0) {
    changed = false;
    Uses uses = graph::uses(graph);
    for (std::size_t node = 0; node < graph.nodes.size() && changes_left > 0; ++node) {
      if (!rule(graph, uses, node)) continue;
      graph::tidy(graph);
      uses = graph::uses(graph);
      changed = any_changed = true;
      --changes_left;
    }
  }
  return any_changed;
}

bool is_graph_input(const Graph& graph, ValueId id) {
  return std::ranges::find(graph.inputs, id) != graph.inputs.end();
}

bool is_graph_output(const Graph& graph, ValueId id) {
  return std::ranges::find(graph.outputs, id) != graph.outputs.end();
}

bool is_read_once(const Graph& graph, const Uses& uses, ValueId id) {
  return uses.readers[index(id)].size() == 1 && !is_graph_output(graph, id);
}

bool replace_value(Graph& graph, ValueId from, ValueId to) {
  if (is_graph_output(graph, from)) {
    const bool has_name_of_its_own = graph.is_constant(to) || is_graph_input(graph, to);
    if (has_name_of_its_own || is_graph_output(graph, to)) return false;
    graph.value(to).spec.name = graph.value(from).spec.name;
    std::ranges::replace(graph.outputs, from, to);
  }
  for (Node& node : graph.nodes)
    std::ranges::replace(node.inputs, from, to);
  return true;
}

ValueId append_node(Graph& graph, std::string name, Op op, std::vector<ValueId> inputs) {
  Node node{std::move(name), std::move(op), std::move(inputs), {}};
  Result<TensorSpec> spec = kernels::infer_output(node.op, graph::input_specs(graph, node));
  TILEWRIGHT_CHECK(spec.has_value());
  spec->name = node.name;
  spec->quantization = graph.value(node.inputs[0]).spec.quantization;
  node.output = graph.add_value({*std::move(spec), std::nullopt});
  graph.nodes.push_back(std::move(node));
  return graph.nodes.back().output;
}

bool is_plain_float(const TensorSpec& spec) {
  return spec.dtype == DType::Float32 && spec.quantization.scales.empty();
}

}  // namespace tilewright::rewriting
