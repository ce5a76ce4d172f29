// SPDX-License-Identifier: Apache-2.0
// Orders of channels that are decided when the network is compiled: a layer's filter can be
// arranged so that the layer makes its channels, or reads them, in any order, and what is between
// keeps the order. So no channel has to move when the network runs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// Channel c of a value stands at `position[c]` of `extent` channels. Where no channel stands, the
/// value is finite, and who reads it multiplies with 0.
struct ChannelOrder {
  std::vector<std::int64_t> position;
  std::int64_t extent = 0;

  [[nodiscard]] bool has_gaps() const {
    return extent != static_cast<std::int64_t>(position.size());
  }
};

/// The order of channels that stand as `listed`, each of them once.
[[nodiscard]] ChannelOrder order_of(const std::vector<std::int64_t>& listed);

/// A node whose parameters change if its input comes in `order`.
struct Reordering {
  std::size_t node;
  ChannelOrder order;
};

enum class AcrossConcats : std::uint8_t { No, Yes };

/// What must change for all that read `id` to take its channels in `order`: the layers that read
/// it, and ops that keep channels apart with, in turn, all that read their outputs. Nothing, if one
/// of these needs the channels where they are.
[[nodiscard]] std::optional<std::vector<Reordering>> reordered_readers(const graph::Graph& graph,
                                                                       const graph::Uses& uses,
                                                                       graph::ValueId id,
                                                                       const ChannelOrder& order,
                                                                       AcrossConcats across);

/// What must change for `id` to be made in `order`, which has no gaps: a layer, and ops behind it
/// that keep channels apart. Nothing, if others see it or no layer makes it.
[[nodiscard]] std::optional<std::vector<Reordering>> reordered_makers(const graph::Graph& graph,
                                                                      const graph::Uses& uses,
                                                                      graph::ValueId id,
                                                                      const ChannelOrder& order);

/// Changes the nodes as readers; their first data input is to be replaced by the caller.
void reorder_readers(graph::Graph& graph, const std::vector<Reordering>& readers);

/// Changes the nodes as makers.
void reorder_makers(graph::Graph& graph, const std::vector<Reordering>& makers);

/// Changes filter and bias of a layer so that it makes its channels in `order`; channels of gaps
/// are the activation of 0.
void reorder_outputs(graph::Graph& graph, std::size_t layer, const ChannelOrder& order);

/// The float constant with its cells along `axis` in `order`, zeros in gaps.
[[nodiscard]] graph::ValueId reordered_constant(graph::Graph& graph, graph::ValueId id, int axis,
                                                const ChannelOrder& order);

}  // namespace tilewright::rewriting
