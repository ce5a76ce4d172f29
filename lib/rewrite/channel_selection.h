// SPDX-License-Identifier: Apache-2.0
// Values whose channels are channels of another value, in another order: shuffles, parts of them,
// gathers. Channels are what the innermost dimension counts.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

using Channels = std::vector<std::int64_t>;

/// Channel c is channel `channels[c]` of `source`, all other dimensions as they are there.
struct ChannelSelection {
  graph::ValueId source;
  Channels channels;
  /// The nodes from `source` to the value, the last one first.
  std::vector<std::size_t> nodes;
};

/// What `id` picks, followed as far up as slices of channels, gathers of known channels, and
/// shuffles go: reshapes that split the channels, a transpose of the parts, a reshape that merges
/// them. If there are none, all of `id` itself.
[[nodiscard]] ChannelSelection selected_channels(const graph::Graph& graph, const graph::Uses& uses,
                                                 graph::ValueId id);

/// Whether the node moves elements, and the only value it reads is where they come from.
[[nodiscard]] bool is_movement(const graph::Graph& graph, const graph::Node& node);

/// Whether these are neighbours in ascending order: a slice of them is a view.
[[nodiscard]] bool is_range(const Channels& channels);

/// Whether one of them is there more than once.
[[nodiscard]] bool picks_twice(Channels channels);

/// Adds a node that picks channels of `source`: a slice if they are a range, else a gather. All of
/// them in order are `source` itself.
[[nodiscard]] graph::ValueId append_selection(graph::Graph& graph, const std::string& name,
                                              graph::ValueId source, const Channels& channels);

}  // namespace tilewright::rewriting
