// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/channel_order.h"

#include <algorithm>

#include "lib/rewrite/affine.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/group_taps.h"
#include "lib/rewrite/layer.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

std::int64_t channels_of(const Graph& graph, ValueId id) {
  const Shape& shape = graph.value(id).spec.shape;
  return shape.rank() == 0 ? 1 : shape.last();
}

/// The operand with a parameter per channel, if the node is arithmetic of `x` with a constant.
std::optional<std::size_t> constant_operand(const Graph& graph, const Node& node, ValueId x) {
  if (!std::holds_alternative<Binary>(node.op)) return std::nullopt;
  const std::size_t constant = node.inputs[0] == x ? 1 : 0;
  const Shape& shape = graph.value(node.output).spec.shape;
  if (graph.value(x).spec.shape != shape || !per_channel(graph, node.inputs[constant], shape))
    return std::nullopt;
  return constant;
}

bool keeps_last(const Graph& graph, const Node& node, const Reduce& reduce) {
  const int last = graph.value(node.inputs[0]).spec.shape.rank() - 1;
  return (reduce.axes >> last & 1U) == 0;
}

/// Whether each channel of the output is made of the channel of `x` at the same place, by ops whose
/// parameters can be arranged.
bool keeps_channels_apart(const Graph& graph, const Node& node, ValueId x, bool has_gaps) {
  if (channels_of(graph, node.output) != channels_of(graph, x)) return false;
  if (std::holds_alternative<DepthwiseConv2d>(node.op) && is_layer(graph, node)) return true;
  if (std::holds_alternative<Activate>(node.op)) return true;
  if (has_gaps) return false;
  if (const auto* reduce = std::get_if<Reduce>(&node.op)) return keeps_last(graph, node, *reduce);
  return std::holds_alternative<Pool2d>(node.op) || std::holds_alternative<Resize2d>(node.op) ||
         std::holds_alternative<Unary>(node.op) || std::holds_alternative<Reshape>(node.op) ||
         constant_operand(graph, node, x).has_value();
}

/// Whether every output channel of the layer reads all of the input's: its filter has these last.
bool is_dense_layer(const Graph& graph, const Node& node) {
  const auto* conv = std::get_if<Conv2d>(&node.op);
  return is_layer(graph, node) && !std::holds_alternative<DepthwiseConv2d>(node.op) &&
         (conv == nullptr || conv->groups == 1);
}

bool takes_in(const Graph& graph, const Node& node, const ChannelOrder& order) {
  if (is_dense_layer(graph, node)) return true;
  return std::holds_alternative<Conv2d>(node.op) && is_layer(graph, node) &&
         group_taps(graph, node, order).has_value();
}

bool joins_channels(const Graph& graph, const Node& node) {
  const auto* concat = std::get_if<Concat>(&node.op);
  return concat != nullptr && concat->axis == graph.value(node.output).spec.shape.rank() - 1;
}

/// The order of a concat's output if its input `x` comes in `order`.
ChannelOrder joined(const Graph& graph, const Node& concat, ValueId x, const ChannelOrder& order) {
  ChannelOrder whole;
  for (const ValueId input : concat.inputs) {
    const std::int64_t channels = channels_of(graph, input);
    for (std::int64_t c = 0; c < channels; ++c)
      whole.position.push_back(whole.extent +
                               (input == x ? order.position[static_cast<std::size_t>(c)] : c));
    whole.extent += channels;
  }
  return whole;
}

/// Whether the data input of the node, and no other, is `x`.
bool reads_as_data(const Node& node, ValueId x) {
  const bool is_data = node.inputs[0] == x || std::holds_alternative<Binary>(node.op) ||
                       std::holds_alternative<Concat>(node.op);
  return is_data && std::ranges::count(node.inputs, x) == 1;
}

/// Arranges the parameters of an op that keeps channels apart, and what it makes.
void reorder_parameters(Graph& graph, std::size_t at, const ChannelOrder& order) {
  if (std::holds_alternative<DepthwiseConv2d>(graph.nodes[at].op)) {
    reorder_outputs(graph, at, order);
  } else if (std::holds_alternative<Binary>(graph.nodes[at].op)) {
    const std::size_t constant = graph.is_constant(graph.nodes[at].inputs[1]) ? 1 : 0;
    const Shape shape = graph.value(graph.nodes[at].inputs[constant]).spec.shape;
    if (shape.elements() == 1) return;
    const ValueId moved =
        reordered_constant(graph, graph.nodes[at].inputs[constant], shape.rank() - 1, order);
    graph.nodes[at].inputs[constant] = moved;
  }
  Shape& made = graph.value(graph.nodes[at].output).spec.shape;
  if (order.has_gaps()) made[made.rank() - 1] = order.extent;
}

}  // namespace

ChannelOrder order_of(const std::vector<std::int64_t>& listed) {
  ChannelOrder order{std::vector<std::int64_t>(listed.size()),
                     static_cast<std::int64_t>(listed.size())};
  for (std::size_t i = 0; i < listed.size(); ++i)
    order.position[static_cast<std::size_t>(listed[i])] = static_cast<std::int64_t>(i);
  return order;
}

ValueId reordered_constant(Graph& graph, ValueId id, int axis, const ChannelOrder& order) {
  TensorSpec spec = graph.value(id).spec;
  std::int64_t inner = 1;
  for (int i = axis + 1; i < spec.shape.rank(); ++i)
    inner *= spec.shape[i];
  const std::int64_t cells = spec.shape[axis];
  const auto elements = graph::constant_elements<float>(graph, id);
  spec.shape[axis] = order.extent;
  std::vector<float> moved(static_cast<std::size_t>(spec.shape.elements()));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t row = at / inner;
    const std::int64_t cell = order.position[static_cast<std::size_t>(row % cells)];
    moved[static_cast<std::size_t>((row / cells * order.extent + cell) * inner + at % inner)] =
        elements[i];
  }
  return graph.add_constant(std::move(spec), std::as_bytes(std::span<const float>(moved)));
}

std::optional<std::vector<Reordering>> reordered_readers(const Graph& graph, const Uses& uses,
                                                         ValueId id, const ChannelOrder& order,
                                                         AcrossConcats across) {
  struct Ordered {
    ValueId id;
    ChannelOrder order;
  };
  std::vector<Ordered> open = {{id, order}};
  std::vector<Reordering> found;
  for (std::size_t next = 0; next < open.size(); ++next) {
    const Ordered value = open[next];
    const auto& readers = uses.readers[index(value.id)];
    if (is_graph_output(graph, value.id) || readers.empty()) return std::nullopt;
    for (const std::size_t reader : readers) {
      const Node& node = graph.nodes[reader];
      const bool is_new =
          std::ranges::none_of(found, [&](const Reordering& r) { return r.node == reader; });
      if (!is_new || !reads_as_data(node, value.id)) return std::nullopt;
      found.push_back({reader, value.order});
      if (takes_in(graph, node, value.order)) continue;
      if (keeps_channels_apart(graph, node, value.id, value.order.has_gaps())) {
        open.push_back({node.output, value.order});
      } else if (across == AcrossConcats::Yes && joins_channels(graph, node) &&
                 !value.order.has_gaps()) {
        open.push_back({node.output, joined(graph, node, value.id, value.order)});
      } else {
        return std::nullopt;
      }
    }
  }
  return found;
}

std::optional<std::vector<Reordering>> reordered_makers(const Graph& graph, const Uses& uses,
                                                        ValueId id, const ChannelOrder& order) {
  std::vector<Reordering> found;
  while (is_read_once(graph, uses, id) && uses.producer[index(id)]) {
    const std::size_t maker = *uses.producer[index(id)];
    const Node& node = graph.nodes[maker];
    found.push_back({maker, order});
    if (is_dense_layer(graph, node)) {
      if (node.inputs.size() > 3) return std::nullopt;  // the addend comes in an order of its own
      return found;
    }
    const bool second =
        std::holds_alternative<Binary>(node.op) && graph.is_constant(node.inputs[0]);
    if (node.inputs.empty()) return std::nullopt;
    const ValueId x = node.inputs[second ? 1 : 0];
    if (!keeps_channels_apart(graph, node, x, order.has_gaps())) return std::nullopt;
    id = x;
  }
  return std::nullopt;
}

void reorder_readers(Graph& graph, const std::vector<Reordering>& readers) {
  for (const auto& [at, order] : readers) {
    const Node& node = graph.nodes[at];
    if (std::holds_alternative<Concat>(node.op)) continue;
    const auto* conv = std::get_if<Conv2d>(&node.op);
    if (conv != nullptr && conv->groups > 1) {
      read_by_taps(graph, at, order);
    } else if (is_dense_layer(graph, node)) {
      const int last = graph.value(node.inputs[1]).spec.shape.rank() - 1;
      const ValueId filter = reordered_constant(graph, node.inputs[1], last, order);
      graph.nodes[at].inputs[1] = filter;
    } else {
      reorder_parameters(graph, at, order);
    }
  }
}

void reorder_makers(Graph& graph, const std::vector<Reordering>& makers) {
  for (const auto& [at, order] : makers) {
    if (is_dense_layer(graph, graph.nodes[at])) {
      reorder_outputs(graph, at, order);
    } else {
      reorder_parameters(graph, at, order);
    }
  }
}

void reorder_outputs(Graph& graph, std::size_t layer, const ChannelOrder& order) {
  const int axis = std::holds_alternative<DepthwiseConv2d>(graph.nodes[layer].op) ? 2 : 0;
  const ValueId filter = reordered_constant(graph, graph.nodes[layer].inputs[1], axis, order);
  const ValueId bias = reordered_constant(graph, graph.nodes[layer].inputs[2], 0, order);
  graph.nodes[layer].inputs[1] = filter;
  graph.nodes[layer].inputs[2] = bias;
  Shape& made = graph.value(graph.nodes[layer].output).spec.shape;
  made[made.rank() - 1] = order.extent;
}

}  // namespace tilewright::rewriting
