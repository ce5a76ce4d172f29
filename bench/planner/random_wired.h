// SPDX-License-Identifier: Apache-2.0
// Randomly wired networks: stages that are Watts-Strogatz graphs, the hardest graphs for an order
// search that are in use.
//
// Source: Xie et al., Exploring randomly wired neural networks, ICCV 2019; Watts, Strogatz, 1998.
#pragma once

#include <cstdint>

#include "scheduler/problem.h"

namespace tilewright::bench {

enum class WiredDetail : std::uint8_t {
  Nodes,  // a node of the graph is one op
  Ops,    // a node is a weighted sum, relu, a depthwise and a pointwise convolution
};

/// Stage i is a ring of `nodes` nodes, each joined to its `neighbours` nearest; each edge is
/// rewired with a chance of 3 in 4. Edges lead from the lower to the higher number. Nodes without
/// predecessors read the stage's input with stride 2; the mean of those without successors is its
/// output. Maps have `channels` << i channels.
struct RandomWiring {
  std::uint32_t seed = 0;
  std::int32_t nodes = 32;
  std::int32_t neighbours = 4;
  std::int32_t stages = 3;
  std::int64_t channels = 78;
  WiredDetail detail = WiredDetail::Nodes;
};

/// The same problem for the same `wiring`, on every machine.
[[nodiscard]] scheduler::Problem random_wired(const RandomWiring& wiring);

}  // namespace tilewright::bench
