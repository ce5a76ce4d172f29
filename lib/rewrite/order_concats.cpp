// SPDX-License-Identifier: Apache-2.0
// A concat whose channels are shuffled and then shared out, as in ShuffleNet v2 (Ma et al. 2018,
// section 4): the part that layers read becomes a range of the concat, which they read in place.
// For that the inputs are made in another order, each with what that part takes at the side where
// they meet:
//
//   concat(a, b), shuffled    a0 b0 a1 b1 a2 b2 a3 b3       layers read a2 b2 a3 b3, the end
//   concat(a', b')            a0 a1 a2 a3 b2 b3 b0 b1       and here the middle
//
// Other parts are gathered from both ends. The last concat comes first: its inputs' order decides
// what the one before it has to hand on.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "lib/graph/tidy.h"
#include "lib/rewrite/channel_order.h"
#include "lib/rewrite/channel_selection.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::Uses;
using graph::ValueId;

std::size_t at(std::int64_t position) {
  return static_cast<std::size_t>(position);
}

/// A value that picks channels of the concat and is read by more than movements.
struct Part {
  ValueId id;
  Channels channels;
};

/// All parts of the value; nothing if it is seen in another way too.
std::optional<std::vector<Part>> parts_of(const Graph& graph, const Uses& uses, ValueId whole) {
  std::vector<ValueId> open = {whole};
  std::vector<Part> parts;
  for (std::size_t next = 0; next < open.size(); ++next) {
    const ValueId id = open[next];
    bool is_part = is_graph_output(graph, id);
    for (const std::size_t reader : uses.readers[index(id)]) {
      const bool moves = is_movement(graph, graph.nodes[reader]);
      is_part = is_part || !moves;
      if (moves) open.push_back(graph.nodes[reader].output);
    }
    if (!is_part) continue;
    ChannelSelection selection = selected_channels(graph, uses, id);
    if (selection.source != whole) return std::nullopt;
    parts.push_back({id, std::move(selection.channels)});
  }
  return parts;
}

/// An input of the concat.
struct Piece {
  ValueId id;
  std::int64_t first = 0, count = 0;  // among the channels of the concat
  Channels order;                     // its own channels as they shall stand
};

std::vector<Piece> pieces_of(const Graph& graph, const Node& concat) {
  std::vector<Piece> pieces;
  std::int64_t first = 0;
  for (const ValueId id : concat.inputs) {
    const std::int64_t count = graph.value(id).spec.shape.last();
    pieces.push_back({id, first, count, {}});
    first += count;
  }
  return pieces;
}

/// What decides the order of channels: whether the range has them, and where they are read.
struct Wanted {
  std::vector<bool> in_range;
  Channels rank;
};

Wanted wanted_of(const std::vector<Part>& parts, std::size_t range, std::int64_t channels) {
  Wanted wanted{std::vector<bool>(at(channels), false), Channels(at(channels))};
  for (std::int64_t c = 0; c < channels; ++c)
    wanted.rank[at(c)] = channels + c;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i == range) continue;
    for (std::size_t k = 0; k < parts[i].channels.size(); ++k)
      wanted.rank[at(parts[i].channels[k])] = static_cast<std::int64_t>(k);
  }
  for (const std::int64_t channel : parts[range].channels) {
    wanted.in_range[at(channel)] = true;
    wanted.rank[at(channel)] = channel;
  }
  return wanted;
}

/// Sets the order of the piece: the range's channels last or first, the others as they are read.
void set_order(const Wanted& wanted, bool range_last, Piece& piece) {
  std::vector<std::array<std::int64_t, 3>> keys;
  for (std::int64_t c = 0; c < piece.count; ++c) {
    const bool in_range = wanted.in_range[at(piece.first + c)];
    keys.push_back({in_range == range_last ? 1 : 0, wanted.rank[at(piece.first + c)], c});
  }
  std::ranges::sort(keys);
  piece.order.clear();
  for (const auto& key : keys)
    piece.order.push_back(key[2]);
}

/// Orders in which the range is one; false if pieces between two others are not whole in it.
bool set_orders(const Wanted& wanted, std::vector<Piece>& pieces) {
  Channels counts;
  for (const Piece& piece : pieces)
    counts.push_back(std::count(wanted.in_range.begin() + piece.first,
                                wanted.in_range.begin() + piece.first + piece.count, true));
  const auto is_empty = [](std::int64_t count) { return count == 0; };
  const std::size_t begin = at(std::ranges::find_if_not(counts, is_empty) - counts.begin());
  std::size_t end = counts.size();
  while (end > begin && counts[end - 1] == 0)
    --end;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool is_between = begin < i && i + 1 < end;
    if (is_between && counts[i] != pieces[i].count) return false;
    set_order(wanted, i == begin, pieces[i]);
  }
  return true;
}

/// How a piece gets its order: another selection, or other layers before it.
struct Remaking {
  std::optional<ChannelSelection> selection;
  std::vector<Reordering> makers;
};

std::optional<Remaking> remaking_of(const Graph& graph, const Uses& uses, const Piece& piece) {
  if (is_range(piece.order)) return Remaking{};
  if (!is_read_once(graph, uses, piece.id)) return std::nullopt;
  ChannelSelection selection = selected_channels(graph, uses, piece.id);
  if (!selection.nodes.empty()) {
    Channels channels;
    for (const std::int64_t c : piece.order)
      channels.push_back(selection.channels[at(c)]);
    selection.channels = std::move(channels);
    return Remaking{std::move(selection), {}};
  }
  auto makers = reordered_makers(graph, uses, piece.id, order_of(piece.order));
  if (!makers) return std::nullopt;
  return Remaking{std::nullopt, *std::move(makers)};
}

/// Where each channel of the concat stands then.
Channels positions_of(const std::vector<Piece>& pieces) {
  Channels positions;
  for (const Piece& piece : pieces) {
    positions.resize(positions.size() + at(piece.count));
    for (std::size_t k = 0; k < piece.order.size(); ++k)
      positions[at(piece.first + piece.order[k])] = piece.first + static_cast<std::int64_t>(k);
  }
  return positions;
}

Channels moved(const Channels& channels, const Channels& positions) {
  Channels result;
  for (const std::int64_t channel : channels)
    result.push_back(positions[at(channel)]);
  return result;
}

/// The order of the part's channels within the range.
ChannelOrder order_in_range(const Part& part, const Channels& positions) {
  ChannelOrder order{moved(part.channels, positions),
                     static_cast<std::int64_t>(part.channels.size())};
  const std::int64_t first = std::ranges::min(order.position);
  for (std::int64_t& position : order.position)
    position -= first;
  return order;
}

void remake(Graph& graph, std::size_t concat, const std::vector<Remaking>& remakings) {
  for (std::size_t i = 0; i < remakings.size(); ++i) {
    if (!remakings[i].selection) {
      reorder_makers(graph, remakings[i].makers);
      continue;
    }
    const auto& [source, channels, nodes] = *remakings[i].selection;
    const std::string name = graph.nodes[nodes[0]].name;
    const ValueId remade = append_selection(graph, name, source, channels);
    graph.nodes[concat].inputs[i] = remade;
  }
}

void reread(Graph& graph, const Uses& uses, ValueId whole, const Part& part, Channels channels) {
  const std::string name = graph.nodes[*uses.producer[index(part.id)]].name;
  const ValueId picked = append_selection(graph, name, whole, channels);
  TILEWRIGHT_CHECK(replace_value(graph, part.id, picked));
}

/// Makes the part `range` a range of the concat.
bool order_for(Graph& graph, const Uses& uses, std::size_t concat, const std::vector<Part>& parts,
               std::size_t range) {
  const ValueId whole = graph.nodes[concat].output;
  std::vector<Piece> pieces = pieces_of(graph, graph.nodes[concat]);
  const Wanted wanted = wanted_of(parts, range, graph.value(whole).spec.shape.last());
  if (!set_orders(wanted, pieces)) return false;
  const Channels positions = positions_of(pieces);
  const ChannelOrder order = order_in_range(parts[range], positions);
  const auto readers = reordered_readers(graph, uses, parts[range].id, order, AcrossConcats::No);
  if (!readers) return false;
  std::vector<Remaking> remakings;
  for (const Piece& piece : pieces) {
    auto remaking = remaking_of(graph, uses, piece);
    if (!remaking) return false;
    remakings.push_back(*std::move(remaking));
  }
  remake(graph, concat, remakings);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Channels channels = moved(parts[i].channels, positions);
    if (i == range) std::ranges::sort(channels);
    reread(graph, uses, whole, parts[i], std::move(channels));
  }
  reorder_readers(graph, *readers);
  return true;
}

bool order_concat(Graph& graph, const Uses& uses, std::size_t concat) {
  const auto* op = std::get_if<Concat>(&graph.nodes[concat].op);
  const TensorSpec& spec = graph.value(graph.nodes[concat].output).spec;
  if (op == nullptr || op->axis + 1 != spec.shape.rank() || !is_plain_float(spec)) return false;
  if (spec.shape.elements() == 0) return false;
  const auto parts = parts_of(graph, uses, graph.nodes[concat].output);
  if (!parts) return false;
  // Parts that are views already would have to move, and an output that has all channels could
  // become the concat itself.
  for (const Part& part : *parts) {
    const bool has_all = static_cast<std::int64_t>(part.channels.size()) == spec.shape.last();
    if (has_all && is_graph_output(graph, part.id)) return false;
    if (is_range(part.channels) || picks_twice(part.channels)) return false;
  }
  for (std::size_t i = 0; i < parts->size(); ++i) {
    const bool is_some = static_cast<std::int64_t>((*parts)[i].channels.size()) < spec.shape.last();
    if (is_some && order_for(graph, uses, concat, *parts, i)) return true;
  }
  return false;
}

}  // namespace

Result<bool> order_concats(Graph& graph) {
  bool changed = false;
  Uses uses = graph::uses(graph);
  // Each change turns the part that layers read into a range, after which the concat stays.
  for (std::size_t node = graph.nodes.size(); node-- > 0;) {
    if (!order_concat(graph, uses, node)) continue;
    graph::tidy(graph);
    uses = graph::uses(graph);
    changed = true;
    node = graph.nodes.size();
  }
  return changed;
}

}  // namespace tilewright::rewriting
