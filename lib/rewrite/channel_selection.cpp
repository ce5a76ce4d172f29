// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/channel_selection.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "lib/graph/whole_slice.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/known_cells.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

const Shape& shape_of(const Graph& graph, ValueId id) {
  return graph.value(id).spec.shape;
}

/// What one node, or the three of a shuffle, picks of the value before.
struct Step {
  ValueId x;
  Channels channels;
};

std::optional<Step> step_of_slice(const Graph& graph, const Node& node, const Slice& slice) {
  const Shape& x = shape_of(graph, node.inputs[0]);
  const int last = x.rank() - 1;
  for (int axis = 0; axis < last; ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (slice.begin[i] != 0 || slice.size[i] != x[axis] || (x[axis] > 1 && slice.step[i] != 1))
      return std::nullopt;
  }
  const auto i = static_cast<std::size_t>(last);
  Channels channels;
  for (std::int64_t c = 0; c < slice.size[i]; ++c)
    channels.push_back(slice.begin[i] + c * slice.step[i]);
  return Step{node.inputs[0], std::move(channels)};
}

std::optional<Step> step_of_gather(const Graph& graph, const Node& node, const Gather& gather) {
  const Shape& x = shape_of(graph, node.inputs[0]);
  const bool picks_channels = gather.axis == x.rank() - 1 && graph.is_constant(node.inputs[1]) &&
                              shape_of(graph, node.inputs[1]).rank() == 1;
  if (!picks_channels) return std::nullopt;
  return Step{node.inputs[0], known_cells(graph, node.inputs[1], x.last())};
}

/// Where the channels of a transposed tensor come from, if `split` is its shape before and only
/// dimensions from `leading` on change places.
std::optional<Channels> transposed_channels(const Transpose& transpose, const Shape& split,
                                            int leading) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(split.rank()), 1);
  for (int axis = split.rank() - 1; axis > leading; --axis)
    strides[static_cast<std::size_t>(axis - 1)] =
        strides[static_cast<std::size_t>(axis)] * split[axis];
  Channels channels = {0};
  for (int axis = 0; axis < split.rank(); ++axis) {
    const int from = transpose.perm[static_cast<std::size_t>(axis)];
    if (axis < leading && from != axis) return std::nullopt;
    if (axis < leading) continue;
    Channels longer;
    for (const std::int64_t channel : channels) {
      for (std::int64_t i = 0; i < split[from]; ++i)
        longer.push_back(channel + i * strides[static_cast<std::size_t>(from)]);
    }
    channels = std::move(longer);
  }
  return channels;
}

std::optional<Step> step_of_shuffle(const Graph& graph, const Uses& uses, const Node& merge,
                                    std::vector<std::size_t>& nodes) {
  const Node* transpose = producer_of<Transpose>(graph, uses, merge.inputs[0]);
  if (transpose == nullptr) return std::nullopt;
  const Node* split = producer_of<Reshape>(graph, uses, transpose->inputs[0]);
  if (split == nullptr) return std::nullopt;
  const Shape& x = shape_of(graph, split->inputs[0]);
  const Shape& parts = shape_of(graph, split->output);
  const int leading = x.rank() - 1;
  if (x != shape_of(graph, merge.output) || parts.rank() <= leading) return std::nullopt;
  for (int axis = 0; axis < leading; ++axis) {
    if (parts[axis] != x[axis]) return std::nullopt;
  }
  auto channels = transposed_channels(*std::get_if<Transpose>(&transpose->op), parts, leading);
  if (!channels) return std::nullopt;
  nodes.push_back(*uses.producer[index(merge.inputs[0])]);
  nodes.push_back(*uses.producer[index(transpose->inputs[0])]);
  return Step{split->inputs[0], *std::move(channels)};
}

/// The step that makes `id`; its nodes are appended.
std::optional<Step> step_before(const Graph& graph, const Uses& uses, ValueId id,
                                std::vector<std::size_t>& nodes) {
  const std::optional<std::size_t> producer = uses.producer[index(id)];
  const Shape& shape = shape_of(graph, id);
  if (!producer || shape.rank() == 0 || shape.elements() == 0) return std::nullopt;
  const Node& node = graph.nodes[*producer];
  if (node.inputs.empty() || shape_of(graph, node.inputs[0]).rank() == 0) return std::nullopt;
  std::optional<Step> step;
  std::vector<std::size_t> made_by = {*producer};
  if (const auto* slice = std::get_if<Slice>(&node.op)) {
    step = step_of_slice(graph, node, *slice);
  } else if (const auto* gather = std::get_if<Gather>(&node.op)) {
    step = step_of_gather(graph, node, *gather);
  } else if (std::holds_alternative<Reshape>(node.op)) {
    step = step_of_shuffle(graph, uses, node, made_by);
  }
  if (step) nodes.insert(nodes.end(), made_by.begin(), made_by.end());
  return step;
}

}  // namespace

ChannelSelection selected_channels(const Graph& graph, const Uses& uses, ValueId id) {
  ChannelSelection selection{id, {}, {}};
  const Shape& shape = shape_of(graph, id);
  selection.channels.resize(static_cast<std::size_t>(shape.rank() == 0 ? 1 : shape.last()));
  std::iota(selection.channels.begin(), selection.channels.end(), std::int64_t{0});
  while (auto step = step_before(graph, uses, selection.source, selection.nodes)) {
    for (std::int64_t& channel : selection.channels)
      channel = step->channels[static_cast<std::size_t>(channel)];
    selection.source = step->x;
  }
  return selection;
}

bool is_movement(const Graph& graph, const Node& node) {
  if (std::holds_alternative<Gather>(node.op)) return graph.is_constant(node.inputs[1]);
  return std::holds_alternative<Slice>(node.op) || std::holds_alternative<Reshape>(node.op) ||
         std::holds_alternative<Transpose>(node.op);
}

bool is_range(const Channels& channels) {
  for (std::size_t c = 1; c < channels.size(); ++c) {
    if (channels[c] != channels[c - 1] + 1) return false;
  }
  return true;
}

bool picks_twice(Channels channels) {
  std::ranges::sort(channels);
  return std::ranges::adjacent_find(channels) != channels.end();
}

ValueId append_selection(Graph& graph, const std::string& name, ValueId source,
                         const Channels& channels) {
  const Shape shape = shape_of(graph, source);
  const auto count = static_cast<std::int64_t>(channels.size());
  if (is_range(channels)) {
    if (count == shape.last()) return source;
    Slice slice = graph::whole_slice(shape);
    const auto last = static_cast<std::size_t>(shape.rank() - 1);
    slice.begin[last] = channels[0];
    slice.size[last] = count;
    return append_node(graph, name, slice, {source});
  }
  const ValueId indices = graph.add_constant({name + "/channels", DType::Int64, {count}, {}},
                                             std::as_bytes(std::span(channels)));
  return append_node(graph, name, Gather{shape.rank() - 1}, {source, indices});
}

}  // namespace tilewright::rewriting
