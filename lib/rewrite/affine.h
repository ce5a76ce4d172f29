// SPDX-License-Identifier: Apache-2.0
// Arithmetic with constants that is one number per channel: batch norm and what is left of it.
#pragma once

#include <optional>
#include <vector>

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

/// y = x * scale + shift, per channel.
struct Affine {
  graph::ValueId x;
  std::vector<float> scale;
  std::vector<float> shift;
};

/// The elements of a constant that is the same everywhere but along the innermost dimension of
/// `shape`, one per channel.
[[nodiscard]] std::optional<std::vector<float>> per_channel(const graph::Graph& graph,
                                                            graph::ValueId id, const Shape& shape);

/// What the node computes, if that is a constant scale and shift per channel; its activation
/// follows.
[[nodiscard]] std::optional<Affine> affine(const graph::Graph& graph, const graph::Node& node);

}  // namespace tilewright::rewriting
