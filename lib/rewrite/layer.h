// SPDX-License-Identifier: Apache-2.0
// What convolutions and fully connected layers have in common: filter, bias, and an activation.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// Which elements of a filter belong to a channel: `filter[i]` belongs to channel
/// i / inner % channels.
struct FilterChannels {
  std::int64_t channels = 0;
  std::int64_t inner = 0;
};

/// Whether the node is a float layer with constant filter and bias.
[[nodiscard]] bool is_layer(const graph::Graph& graph, const graph::Node& node);

/// By output channel. The node must be a layer.
[[nodiscard]] FilterChannels output_channels(const graph::Graph& graph, const graph::Node& node);
/// By input channel; nothing for layers in groups, whose filters do not know theirs.
[[nodiscard]] std::optional<FilterChannels> input_channels(const graph::Graph& graph,
                                                           const graph::Node& node);

/// The activation an op applies to its output; null if it has none.
[[nodiscard]] Activation* activation_of(Op& op);

}  // namespace tilewright::rewriting
