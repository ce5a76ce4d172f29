// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/tidy.h"

#include <limits>
#include <utility>

namespace tilewright::graph {
namespace {

enum class Place : std::uint8_t { Waiting, Visiting, Placed };

/// The nodes that `roots` need, each after the makers of its inputs.
class Ordering {
 public:
  explicit Ordering(const Graph& graph) : graph_(graph), uses_(uses(graph)) {
    places_.resize(graph.nodes.size(), Place::Waiting);
  }

  std::vector<std::size_t> run() {
    const std::vector<bool> needed = needed_nodes();
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (needed[i]) place(i);
    }
    return std::move(order_);
  }

 private:
  [[nodiscard]] std::vector<bool> needed_nodes() const {
    std::vector<bool> needed(graph_.nodes.size());
    std::vector<ValueId> open = graph_.outputs;
    while (!open.empty()) {
      const std::optional<std::size_t> maker = uses_.producer[index(open.back())];
      open.pop_back();
      if (!maker || needed[*maker]) continue;
      needed[*maker] = true;
      const std::vector<ValueId>& inputs = graph_.nodes[*maker].inputs;
      open.insert(open.end(), inputs.begin(), inputs.end());
    }
    return needed;
  }

  /// Depth first without recursion: the depth of a graph is not ours to choose.
  void place(std::size_t node) {
    std::vector<std::size_t> open{node};
    while (!open.empty()) {
      const std::size_t current = open.back();
      if (places_[current] == Place::Waiting) {
        places_[current] = Place::Visiting;
        const std::vector<ValueId>& inputs = graph_.nodes[current].inputs;
        for (auto id = inputs.rbegin(); id != inputs.rend(); ++id) {
          const std::optional<std::size_t> maker = uses_.producer[index(*id)];
          if (maker && places_[*maker] == Place::Waiting) open.push_back(*maker);
        }
        continue;
      }
      open.pop_back();
      if (places_[current] == Place::Placed) continue;
      places_[current] = Place::Placed;
      order_.push_back(current);
    }
  }

  const Graph& graph_;
  Uses uses_;
  std::vector<Place> places_;
  std::vector<std::size_t> order_;
};

/// Moves values from the old graph to the new one as they are met.
class Renumbering {
 public:
  explicit Renumbering(Graph& old_graph)
      : old_graph_(old_graph), ids_(old_graph.values.size(), kUnmet) {}

  ValueId meet(ValueId id, Graph& graph) {
    ValueId& renumbered = ids_[index(id)];
    if (renumbered == kUnmet) renumbered = graph.add_value(std::move(old_graph_.value(id)));
    return renumbered;
  }

 private:
  static constexpr ValueId kUnmet{std::numeric_limits<std::uint32_t>::max()};
  Graph& old_graph_;
  std::vector<ValueId> ids_;
};

}  // namespace

void tidy(Graph& graph) {
  const std::vector<std::size_t> order = Ordering(graph).run();
  Renumbering renumbering(graph);
  Graph result;
  for (const ValueId id : graph.inputs)
    result.inputs.push_back(renumbering.meet(id, result));
  for (const std::size_t i : order) {
    Node& node = graph.nodes[i];
    for (ValueId& id : node.inputs)
      id = renumbering.meet(id, result);
    node.output = renumbering.meet(node.output, result);
    result.nodes.push_back(std::move(node));
  }
  for (const ValueId id : graph.outputs)
    result.outputs.push_back(renumbering.meet(id, result));
  graph = std::move(result);
}

}  // namespace tilewright::graph
