// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/layer.h"

#include "lib/rewrite/edit.h"

namespace tilewright::rewriting {

using graph::Graph;
using graph::Node;

bool is_layer(const Graph& graph, const Node& node) {
  const bool has_filter = std::holds_alternative<Conv2d>(node.op) ||
                          std::holds_alternative<DepthwiseConv2d>(node.op) ||
                          std::holds_alternative<ConvTranspose2d>(node.op) ||
                          std::holds_alternative<FullyConnected>(node.op);
  return has_filter && graph.is_constant(node.inputs[1]) && graph.is_constant(node.inputs[2]) &&
         is_plain_float(graph.value(node.output).spec) &&
         is_plain_float(graph.value(node.inputs[1]).spec) &&
         is_plain_float(graph.value(node.inputs[2]).spec);
}

FilterChannels output_channels(const Graph& graph, const Node& node) {
  const Shape& filter = graph.value(node.inputs[1]).spec.shape;
  if (std::holds_alternative<DepthwiseConv2d>(node.op)) return {filter[2], 1};
  const std::int64_t channels = filter[0];
  return {channels, channels == 0 ? 1 : filter.elements() / channels};
}

std::optional<FilterChannels> input_channels(const Graph& graph, const Node& node) {
  const Shape& filter = graph.value(node.inputs[1]).spec.shape;
  const std::int64_t channels = graph.value(node.inputs[0]).spec.shape.last();
  if (std::holds_alternative<DepthwiseConv2d>(node.op))
    return FilterChannels{channels, filter[2] / channels};
  if (filter.last() != channels) return std::nullopt;
  return FilterChannels{channels, 1};
}

Activation* activation_of(Op& op) {
  return std::visit(
      []<typename T>(T& alternative) -> Activation* {
        if constexpr (requires { alternative.activation; }) return &alternative.activation;
        return nullptr;
      },
      op);
}

}  // namespace tilewright::rewriting
