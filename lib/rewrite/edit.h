// SPDX-License-Identifier: Apache-2.0
// Small questions and changes that passes share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// Changes what it knows around the node of this index; says whether it did. May leave the graph
/// untidy.
using Rule = bool (*)(graph::Graph& graph, const graph::Uses& uses, std::size_t node);

/// Applies `rule` to all nodes until it changes none, and says whether it changed any.
bool apply_everywhere(graph::Graph& graph, Rule rule);

[[nodiscard]] bool is_graph_input(const graph::Graph& graph, graph::ValueId id);
[[nodiscard]] bool is_graph_output(const graph::Graph& graph, graph::ValueId id);

/// The node that makes `id` if it is of type `T`; null otherwise. `G` is Graph, const or not.
template <typename T, typename G>
[[nodiscard]] auto producer_of(G& graph, const graph::Uses& uses, graph::ValueId id)
    -> decltype(graph.nodes.data()) {
  const std::optional<std::size_t> producer = uses.producer[index(id)];
  if (!producer || !std::holds_alternative<T>(graph.nodes[*producer].op)) return nullptr;
  return &graph.nodes[*producer];
}

/// Whether exactly one node reads `id`, once, and no graph output is it: its maker may change what
/// it makes.
[[nodiscard]] bool is_read_once(const graph::Graph& graph, const graph::Uses& uses,
                                graph::ValueId id);

/// Makes all that read `from` read `to`, of the same dtype and shape. False, and nothing changed,
/// if a graph output would lose its name: `from` is an output, and `to` is one too, or an input or
/// constant.
[[nodiscard]] bool replace_value(graph::Graph& graph, graph::ValueId from, graph::ValueId to);

/// Appends a node, for `tidy` to put in place; the op must accept its inputs. Its output is called
/// like the node.
graph::ValueId append_node(graph::Graph& graph, std::string name, Op op,
                           std::vector<graph::ValueId> inputs);

/// Whether the numbers of a value are its elements, not codes of them.
[[nodiscard]] bool is_plain_float(const TensorSpec& spec);

}  // namespace tilewright::rewriting
