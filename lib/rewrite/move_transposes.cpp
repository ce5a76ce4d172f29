// SPDX-License-Identifier: Apache-2.0
// Importers put transposes around each op that wants channels last. Here all of them first rise as
// far as they can, then sink, and cancel where they meet: what remains stands at graph inputs and
// outputs, or around ops that no transpose passes.
//
//   to_nhwc(relu(to_nchw(conv)))  ->  to_nhwc(to_nchw(relu(conv)))  ->  relu(conv)
#include <algorithm>
#include <set>
#include <utility>

#include "lib/graph/tidy.h"
#include "lib/rewrite/crossing.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"
#include "lib/rewrite/transposed.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

/// How many of the outermost dimensions stay where they are.
int kept_in_front(const Permutation& order) {
  int kept = 0;
  while (kept < static_cast<int>(order.size()) && order[static_cast<std::size_t>(kept)] == kept)
    ++kept;
  return kept;
}

/// What may sink. A transpose that is read twice stays for the other reader when it sinks past one;
/// usually both copies cancel further down, but not always.
enum class Sinking : std::uint8_t { All, ReadOnce };

class Mover {
 public:
  Mover(Graph& graph, Sinking sinking)
      : graph_(graph), sinking_(sinking), uses_(graph::uses(graph)) {}

  void rise() { sweep(&Mover::merge_or_hoist); }
  void sink() { sweep(&Mover::merge_or_sink); }

 private:
  void sweep(bool (Mover::*step)(std::size_t)) {
    // Every step moves a transpose one node further, so this many are plenty.
    std::size_t steps_left = graph_.nodes.size() * 16 + 16;
    bool changed = true;
    while (changed) {
      changed = false;
      for (std::size_t i = 0; i < graph_.nodes.size() && steps_left > 0; ++i) {
        if (!(this->*step)(i)) continue;
        drop_unread_transposes();
        changed = true;
        --steps_left;
      }
    }
    graph::tidy(graph_);
    uses_ = graph::uses(graph_);
    settled_.clear();
  }

  /// A transpose that nobody reads must not look like one that is there already.
  void drop_unread_transposes() {
    uses_ = graph::uses(graph_);
    const std::size_t dropped = std::erase_if(graph_.nodes, [&](const Node& node) {
      return std::holds_alternative<Transpose>(node.op) &&
             uses_.readers[index(node.output)].empty() && !is_graph_output(graph_, node.output);
    });
    if (dropped > 0) uses_ = graph::uses(graph_);
  }

  bool merge_or_hoist(std::size_t i) { return merge(i) || hoist(i); }
  bool merge_or_sink(std::size_t i) { return swap(i) || merge(i) || sink(i); }

  [[nodiscard]] const Shape& shape(ValueId id) const { return graph_.value(id).spec.shape; }
  [[nodiscard]] Permutation order_of(const Node& transpose) const {
    return permutation_of(transpose, shape(transpose.output).rank());
  }
  [[nodiscard]] bool is_per_tensor(ValueId id) const {
    return graph_.value(id).spec.quantization.scales.size() <= 1;
  }
  /// Per-axis quantisation names a dimension, so such values stay as they are.
  [[nodiscard]] bool may_cross(const Node& node) const {
    return is_per_tensor(node.output) &&
           std::ranges::all_of(node.inputs, [&](ValueId id) { return is_per_tensor(id); });
  }

  /// How many of the node's first inputs are transposed together with its output.
  [[nodiscard]] static std::size_t moved_inputs(const Node& node) {
    const bool all =
        std::holds_alternative<Binary>(node.op) || std::holds_alternative<Concat>(node.op);
    return all ? node.inputs.size() : 1;
  }

  /// Makes one transpose of two in a row, or none.
  bool merge(std::size_t i) {
    Node& node = graph_.nodes[i];
    if (!std::holds_alternative<Transpose>(node.op)) return false;
    const Permutation own = order_of(node);
    if (is_identity(own)) return replace_value(graph_, node.output, node.inputs[0]);
    const Node* before = producer_of<Transpose>(graph_, uses_, node.inputs[0]);
    if (before == nullptr) return false;
    const Permutation first = order_of(*before);
    if (is_identity(first)) return false;
    node.op = transpose_op(then(first, own));
    node.inputs = before->inputs;
    return true;
  }

  bool hoist(std::size_t i) {
    Node& node = graph_.nodes[i];
    if (!std::holds_alternative<Transpose>(node.op) || is_graph_output(graph_, node.output)) {
      return false;
    }
    const ValueId crossed = node.inputs[0];
    const std::optional<std::size_t> producer = uses_.producer[index(crossed)];
    if (!producer || !is_read_once(graph_, uses_, crossed)) return false;
    Node& op = graph_.nodes[*producer];
    if (std::holds_alternative<Transpose>(op.op) || !may_cross(op)) return false;
    // Operands of fewer dimensions get leading ones, so all of a Binary's have its output's rank.
    const bool broadcasts = std::holds_alternative<Binary>(op.op);
    const Shape& src = shape(broadcasts ? op.output : op.inputs[0]);
    const auto crossing = hoist_through(op.op, order_of(node), src, shape(op.output));
    if (!crossing) return false;
    const std::size_t moved = moved_inputs(op);
    std::int64_t made_bytes = 0;
    for (std::size_t input = 0; input < moved; ++input)
      made_bytes += transposing_bytes(graph_, uses_, op.inputs[input], crossing->order);
    if (made_bytes > graph_.value(crossed).spec.size_bytes()) return false;

    std::vector<ValueId> inputs = op.inputs;
    for (std::size_t input = 0; input < moved; ++input)
      inputs[input] = transposed(graph_, uses_, inputs[input], crossing->order);
    Node& moved_op = graph_.nodes[*producer];
    moved_op.op = crossing->op;
    moved_op.inputs = std::move(inputs);
    moved_op.output = graph_.nodes[i].output;
    graph_.nodes.erase(graph_.nodes.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }

  bool sink(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!may_cross(node)) return false;
    const std::size_t moved = moved_inputs(node);
    for (std::size_t input = 0; input < moved; ++input) {
      if (sink_from(i, node.inputs[input])) return true;
    }
    return false;
  }

  /// Of two transposes in a row the first one passes the second instead of merging with it, if that
  /// leaves a move within the innermost dimensions, and the reshape that follows lets the first one
  /// through, but not both together. So a channel shuffle stays where channels are while the
  /// layout's own transpose passes it.
  bool swap(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!std::holds_alternative<Transpose>(node.op)) return false;
    const Node* before = producer_of<Transpose>(graph_, uses_, node.inputs[0]);
    const auto& readers = uses_.readers[index(node.output)];
    if (before == nullptr || readers.size() != 1) return false;
    const Node& reader = graph_.nodes[readers[0]];
    if (!std::holds_alternative<Reshape>(reader.op)) return false;

    const Permutation first = order_of(*before);
    const Permutation both = then(first, order_of(node));
    const Permutation inner = then(both, inverse(first));
    const Shape& src = shape(node.output);
    const Shape& dst = shape(reader.output);
    if (kept_in_front(inner) <= kept_in_front(both) || !sink_through(reader.op, first, src, dst) ||
        sink_through(reader.op, both, src, dst)) {
      return false;
    }
    const ValueId x = before->inputs[0];
    const ValueId swapped = append_node(graph_, node.name, transpose_op(inner), {x});
    graph_.nodes[i].op = transpose_op(first);
    graph_.nodes[i].inputs = {swapped};
    return true;
  }

  /// Moves node i before the transpose that makes `input`, and all its moved inputs with it.
  bool sink_from(std::size_t i, ValueId input) {
    const Node* transpose = producer_of<Transpose>(graph_, uses_, input);
    if (transpose == nullptr || is_graph_input(graph_, transpose->inputs[0])) return false;
    if (sinking_ == Sinking::ReadOnce && !is_read_once(graph_, uses_, input)) return false;
    const Permutation order = order_of(*transpose);
    const Node& node = graph_.nodes[i];
    const auto crossing = sink_through(node.op, order, shape(input), shape(node.output));
    if (!crossing || !pays(node, input, inverse(order))) return false;

    const std::size_t moved = moved_inputs(node);
    std::vector<ValueId> inputs = node.inputs;
    for (std::size_t k = 0; k < moved; ++k) {
      const bool is_new = needs_transpose(graph_, uses_, inputs[k], inverse(order));
      inputs[k] = transposed(graph_, uses_, inputs[k], inverse(order));
      if (is_new) settled_.insert(inputs[k]);
    }
    const ValueId output = graph_.nodes[i].output;
    TensorSpec spec = graph_.value(output).spec;
    spec.shape = permuted(spec.shape, inverse(crossing->order));
    Node& moved_node = graph_.nodes[i];
    moved_node.op = crossing->op;
    moved_node.inputs = std::move(inputs);
    moved_node.output = graph_.add_value({std::move(spec), std::nullopt});
    Node sunk{moved_node.name + ".transposed",
              transpose_op(crossing->order),
              {moved_node.output},
              output};
    graph_.nodes.push_back(std::move(sunk));
    return true;
  }

  /// Whether undoing `input`'s transpose at all inputs of `node` moves no more bytes than it saves.
  /// A transpose that was made to let another one pass does not ask to pass itself.
  [[nodiscard]] bool pays(const Node& node, ValueId input, const Permutation& back) const {
    bool makes_none = true;
    std::int64_t made_bytes = 0;
    std::int64_t saved_bytes = 0;
    for (std::size_t k = 0; k < moved_inputs(node); ++k) {
      const ValueId id = node.inputs[k];
      makes_none = makes_none && !needs_transpose(graph_, uses_, id, back);
      made_bytes += transposing_bytes(graph_, uses_, id, back);
      const Node* transpose = producer_of<Transpose>(graph_, uses_, id);
      const bool is_undone = transpose != nullptr &&
                             shape(id).rank() == static_cast<int>(back.size()) &&
                             is_identity(then(order_of(*transpose), back));
      if (is_undone) saved_bytes += graph_.value(id).spec.size_bytes();
    }
    return makes_none || (made_bytes <= saved_bytes && !settled_.contains(input));
  }

  Graph& graph_;
  Sinking sinking_;
  Uses uses_;
  std::set<ValueId> settled_;  // made for another transpose to pass; looked up only
};

/// What is left to be moved; less is better, the first difference counts. Every accepted change
/// makes it less, so changes come to an end.
struct Burden {
  std::int64_t moved_bytes = 0;
  std::int64_t inside = 0;       // transposes that stand neither at a graph input nor at an output
  std::int64_t count = 0;        // of all, with those that move no bytes
  std::int64_t nodes_below = 0;  // summed over all: sinking brings ops next to their producers

  friend auto operator<=>(const Burden&, const Burden&) = default;
};

Burden burden_of(const Graph& graph) {
  Burden burden{.moved_bytes = transposed_bytes(graph)};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!std::holds_alternative<Transpose>(node.op)) continue;
    const bool at_end =
        is_graph_input(graph, node.inputs[0]) || is_graph_output(graph, node.output);
    const Shape& x = graph.value(node.inputs[0]).spec.shape;
    const bool is_free = keeps_element_order(permutation_of(node, x.rank()), x);
    if (!at_end && !is_free) ++burden.inside;
    ++burden.count;
    burden.nodes_below += static_cast<std::int64_t>(graph.nodes.size() - i);
  }
  return burden;
}

}  // namespace

Result<bool> move_transposes(Graph& graph) {
  const Graph before = graph;
  for (const Sinking sinking : {Sinking::All, Sinking::ReadOnce}) {
    Mover mover(graph, sinking);
    mover.rise();
    mover.sink();
    if (burden_of(graph) < burden_of(before)) return true;
    graph = before;
  }
  return false;
}

}  // namespace tilewright::rewriting
