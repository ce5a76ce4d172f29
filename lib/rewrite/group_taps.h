// SPDX-License-Identifier: Apache-2.0
// A shuffle before a convolution in groups is a matter of addresses. A group reads channels of all
// groups of the shuffled value, a run of each; as an image of `taps` times the width with as many
// times fewer channels, these are neighbours at the same channels:
//
//   channels of a pixel    a0 a1 b0 b1 c0 c1 | d0 d1 e0 e1 f0 f1      group 0 reads a and d
//   two pixels             a0 a1 b0 b1 c0 c1                          a filter of width 2 with
//                          d0 d1 e0 e1 f0 f1                          stride 2 and the same groups
#pragma once

#include <cstdint>
#include <optional>

#include "lib/rewrite/channel_order.h"

namespace tilewright::rewriting {

struct GroupTaps {
  std::int64_t taps = 1;
  std::int64_t width = 1;  // channels of one group at one tap
};

/// How the convolution, which is in groups, finds its channels if its input comes in `order`, by
/// the fewest taps; nothing if they are not placed so.
[[nodiscard]] std::optional<GroupTaps> group_taps(const graph::Graph& graph,
                                                  const graph::Node& conv,
                                                  const ChannelOrder& order);

/// Makes the convolution read an input in `order`, for which there are taps: its filter, its
/// window, and a reshape of the input, which the caller replaces.
void read_by_taps(graph::Graph& graph, std::size_t conv, const ChannelOrder& order);

}  // namespace tilewright::rewriting
