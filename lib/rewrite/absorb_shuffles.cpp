// SPDX-License-Identifier: Apache-2.0
// Channels that are put into another order need not move if the layers around them are arranged:
//
//   its readers   a layer behind, also behind ops that keep channels apart, reads them as they are
//   both sides    a layer in groups makes a group's channels so that those that one group of the
//                 next layer reads are neighbours, with channels of zeros where they are uneven
//   its makers    a layer before makes them as they are wanted
//
// What picks some of the channels, in any order, picks them in ascending order: in runs.
#include <algorithm>
#include <optional>
#include <vector>

#include "lib/rewrite/channel_order.h"
#include "lib/rewrite/channel_selection.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/layer.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

/// Whether all that a selection moves is moved for it alone.
bool is_alone(const Graph& graph, const Uses& uses, const ChannelSelection& selection) {
  return std::all_of(selection.nodes.begin() + 1, selection.nodes.end(), [&](std::size_t node) {
    return is_read_once(graph, uses, graph.nodes[node].output);
  });
}

std::int64_t source_channels(const Graph& graph, const ChannelSelection& selection) {
  return graph.value(selection.source).spec.shape.last();
}

/// The order in which the value `id`, which picks `channels`, would be what it picks from.
ChannelOrder order_among(const Channels& channels, const Channels& picked) {
  ChannelOrder order{{}, static_cast<std::int64_t>(picked.size())};
  for (const std::int64_t channel : channels)
    order.position.push_back(std::ranges::lower_bound(picked, channel) - picked.begin());
  return order;
}

/// A selection that is a range needs at most a slice.
bool shorten(Graph& graph, const ChannelSelection& selection, ValueId id) {
  const bool is_slice = std::holds_alternative<Slice>(graph.nodes[selection.nodes[0]].op);
  if (selection.nodes.size() == 1 && is_slice) return false;
  if (is_graph_output(graph, id)) return false;
  const std::string name = graph.nodes[selection.nodes[0]].name;
  const ValueId picked = append_selection(graph, name, selection.source, selection.channels);
  return replace_value(graph, id, picked);
}

bool arrange_readers(Graph& graph, const Uses& uses, const ChannelSelection& selection,
                     ValueId id) {
  Channels picked = selection.channels;
  std::ranges::sort(picked);
  if (picked == selection.channels) return false;
  if (!is_range(picked) && !is_alone(graph, uses, selection)) return false;
  const ChannelOrder order = order_among(selection.channels, picked);
  const auto readers = reordered_readers(graph, uses, id, order, AcrossConcats::Yes);
  if (!readers) return false;
  const std::string name = graph.nodes[selection.nodes[0]].name;
  const ValueId in_runs = append_selection(graph, name, selection.source, picked);
  TILEWRIGHT_CHECK(replace_value(graph, id, in_runs));  // no graph output, since all can reorder
  reorder_readers(graph, *readers);
  return true;
}

/// The groups of the convolution that reads `id`, perhaps behind ops that keep channels apart; 1 if
/// it is not the first that reads it.
std::int64_t reading_groups(const Graph& graph, const Uses& uses, ValueId id) {
  while (!uses.readers[index(id)].empty()) {
    const Node& reader = graph.nodes[uses.readers[index(id)][0]];
    if (const auto* conv = std::get_if<Conv2d>(&reader.op)) return conv->groups;
    const bool goes_on = std::holds_alternative<DepthwiseConv2d>(reader.op) ||
                         std::holds_alternative<Activate>(reader.op);
    if (!goes_on) return 1;
    id = reader.output;
  }
  return 1;
}

/// An order of the source's channels in which each of `makers` groups has, for each of `readers`
/// groups, a run of equal length; `reader_of` is by channel of the source.
ChannelOrder order_by_groups(const Channels& reader_of, std::int64_t makers, std::int64_t readers) {
  const auto channels = static_cast<std::int64_t>(reader_of.size());
  Channels counts(static_cast<std::size_t>(makers * readers));
  Channels runs, ranks;
  for (std::int64_t s = 0; s < channels; ++s) {
    runs.push_back(s / (channels / makers) * readers + reader_of[static_cast<std::size_t>(s)]);
    ranks.push_back(counts[static_cast<std::size_t>(runs.back())]++);
  }
  const std::int64_t width = std::ranges::max(counts);
  ChannelOrder order{{}, makers * readers * width};
  for (std::size_t s = 0; s < runs.size(); ++s)
    order.position.push_back(runs[s] * width + ranks[s]);
  return order;
}

/// The layer in groups that makes the selection's source for it alone.
std::optional<std::size_t> grouped_maker(const Graph& graph, const Uses& uses,
                                         const ChannelSelection& selection) {
  const auto maker = uses.producer[index(selection.source)];
  if (!maker || !is_read_once(graph, uses, selection.source)) return std::nullopt;
  const Node& node = graph.nodes[*maker];
  const bool is_conv = std::holds_alternative<Conv2d>(node.op) && is_layer(graph, node);
  if (!is_conv || node.inputs.size() > 3 || !is_alone(graph, uses, selection)) return std::nullopt;
  return maker;
}

bool arrange_both_sides(Graph& graph, const Uses& uses, const ChannelSelection& selection,
                        ValueId id) {
  const std::optional<std::size_t> maker = grouped_maker(graph, uses, selection);
  const std::int64_t channels = source_channels(graph, selection);
  const std::int64_t groups = reading_groups(graph, uses, id);
  if (!maker || groups == 1 || channels % groups != 0) return false;
  Channels reader_of(static_cast<std::size_t>(channels));
  for (std::int64_t c = 0; c < channels; ++c) {
    const std::int64_t source = selection.channels[static_cast<std::size_t>(c)];
    reader_of[static_cast<std::size_t>(source)] = c / (channels / groups);
  }
  const std::int64_t making_groups = std::get_if<Conv2d>(&graph.nodes[*maker].op)->groups;
  const ChannelOrder made = order_by_groups(reader_of, making_groups, groups);
  if (made.extent > channels + channels / 8) return false;  // zeros that cost more than the move
  ChannelOrder read{{}, made.extent};
  for (const std::int64_t channel : selection.channels)
    read.position.push_back(made.position[static_cast<std::size_t>(channel)]);
  const auto readers = reordered_readers(graph, uses, id, read, AcrossConcats::No);
  if (!readers) return false;
  reorder_outputs(graph, *maker, made);
  TILEWRIGHT_CHECK(replace_value(graph, id, selection.source));
  reorder_readers(graph, *readers);
  return true;
}

bool arrange_makers(Graph& graph, const Uses& uses, const ChannelSelection& selection, ValueId id) {
  if (!is_alone(graph, uses, selection)) return false;
  const auto makers = reordered_makers(graph, uses, selection.source, order_of(selection.channels));
  if (!makers || !replace_value(graph, id, selection.source)) return false;
  reorder_makers(graph, *makers);
  return true;
}

bool absorb(Graph& graph, const Uses& uses, std::size_t at) {
  const ValueId id = graph.nodes[at].output;
  if (!is_movement(graph, graph.nodes[at]) || !is_plain_float(graph.value(id).spec)) return false;
  const ChannelSelection selection = selected_channels(graph, uses, id);
  if (selection.nodes.empty()) return false;
  if (is_range(selection.channels)) return shorten(graph, selection, id);
  if (picks_twice(selection.channels)) return false;
  if (arrange_readers(graph, uses, selection, id)) return true;
  const bool has_all =
      static_cast<std::int64_t>(selection.channels.size()) == source_channels(graph, selection);
  return has_all && (arrange_both_sides(graph, uses, selection, id) ||
                     arrange_makers(graph, uses, selection, id));
}

}  // namespace

Result<bool> absorb_shuffles(Graph& graph) {
  return apply_everywhere(graph, absorb);
}

}  // namespace tilewright::rewriting
