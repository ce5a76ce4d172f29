// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/group_taps.h"

#include <vector>

#include "lib/rewrite/edit.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

/// Shorter runs are read one by one: then a copy is as fast.
constexpr std::int64_t kLeastWidth = 4;

/// Whether each channel stands among those that its group reads.
bool fits(const GroupTaps& taps, std::int64_t groups, const ChannelOrder& order) {
  const auto channels = static_cast<std::int64_t>(order.position.size());
  for (std::int64_t c = 0; c < channels; ++c) {
    const std::int64_t position = order.position[static_cast<std::size_t>(c)];
    if (position % (groups * taps.width) / taps.width != c / (channels / groups)) return false;
  }
  return true;
}

/// The filter [o, kh, kw, c] as one of [o, kh, kw * taps, width].
ValueId filter_by_taps(Graph& graph, const Node& conv, const GroupTaps& taps,
                       const ChannelOrder& order) {
  const std::int64_t groups = std::get_if<Conv2d>(&conv.op)->groups;
  TensorSpec spec = graph.value(conv.inputs[1]).spec;
  const Shape from = spec.shape;
  spec.shape = {from[0], from[1], from[2] * taps.taps, taps.width};
  std::vector<float> filter(static_cast<std::size_t>(spec.shape.elements()));
  const auto elements = graph::constant_elements<float>(graph, conv.inputs[1]);
  for (std::int64_t i = 0; i < from.elements(); ++i) {
    const std::int64_t pixel = i / from[3];  // of the filters, one after the other
    const std::int64_t group = pixel / (from[1] * from[2]) / (from[0] / groups);
    const std::int64_t channel = group * from[3] + i % from[3];
    const std::int64_t position = order.position[static_cast<std::size_t>(channel)];
    const std::int64_t tap = position / (groups * taps.width);
    filter[static_cast<std::size_t>((pixel * taps.taps + tap) * taps.width +
                                    position % taps.width)] = elements[static_cast<std::size_t>(i)];
  }
  return graph.add_constant(std::move(spec), std::as_bytes(std::span<const float>(filter)));
}

}  // namespace

std::optional<GroupTaps> group_taps(const Graph& graph, const Node& conv,
                                    const ChannelOrder& order) {
  const auto& op = *std::get_if<Conv2d>(&conv.op);
  const bool can_widen =
      op.window.dilation_w == 1 || graph.value(conv.inputs[1]).spec.shape[2] == 1;
  for (std::int64_t taps = 1; taps * op.groups <= order.extent; ++taps) {
    if (order.extent % (taps * op.groups) != 0) continue;
    const GroupTaps result{taps, order.extent / (taps * op.groups)};
    if (taps > 1 && (!can_widen || result.width < kLeastWidth)) break;
    if (fits(result, op.groups, order)) return result;
  }
  return std::nullopt;
}

void read_by_taps(Graph& graph, std::size_t conv, const ChannelOrder& order) {
  const std::optional<GroupTaps> taps = group_taps(graph, graph.nodes[conv], order);
  TILEWRIGHT_CHECK(taps.has_value());
  const ValueId filter = filter_by_taps(graph, graph.nodes[conv], *taps, order);
  Node& node = graph.nodes[conv];
  node.inputs[1] = filter;
  if (taps->taps == 1) return;
  Window& window = std::get_if<Conv2d>(&node.op)->window;
  const auto wider = static_cast<std::int32_t>(taps->taps);
  window.stride_w *= wider;
  window.pad_left *= wider;
  window.pad_right *= wider;
  window.dilation_w = 1;
  const ValueId x = node.inputs[0];
  Shape shape = graph.value(x).spec.shape;
  shape[2] *= taps->taps;
  shape[3] = order.extent / taps->taps;
  const std::string name = node.name + "/taps";
  const ValueId seen = append_node(graph, name, Reshape{shape}, {x});
  graph.nodes[conv].inputs[0] = seen;
}

}  // namespace tilewright::rewriting
