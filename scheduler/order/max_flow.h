// SPDX-License-Identifier: Apache-2.0
// Maximum flow and minimum cut with 64-bit capacities.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace tilewright::scheduler {

inline constexpr std::int64_t kInfiniteCapacity = std::numeric_limits<std::int64_t>::max() / 4;

/// Dinic's algorithm: augmenting flows through level graphs. O(nodes^2 * edges) at worst.
/// Source: Dinic, Algorithm for solution of a problem of maximum flow, 1970.
class FlowNetwork {
 public:
  /// Forgets all nodes and edges and starts with `nodes` nodes.
  void reset(std::int32_t nodes);
  std::int32_t add_node();
  /// Returns the edge's position, for `flow`.
  std::int32_t add_edge(std::int32_t from, std::int32_t to, std::int64_t capacity);

  /// After `max_flow`: what flows through the edge at `position`.
  [[nodiscard]] std::int64_t flow(std::int32_t position) const {
    return edges_[static_cast<std::size_t>(position ^ 1)].left;
  }

  std::int64_t max_flow(std::int32_t source, std::int32_t sink);

  /// After `max_flow`: which nodes reach the sink through edges with capacity left. All others form
  /// the greatest source side of a minimum cut.
  [[nodiscard]] std::vector<bool> sink_side(std::int32_t sink) const;

 private:
  struct Edge {
    std::int32_t to = 0;
    std::int64_t left =
        0;  // capacity; the reverse edge is at this position with the last bit flipped
  };

  bool find_levels(std::int32_t source, std::int32_t sink);
  std::int64_t augment(std::int32_t source, std::int32_t sink);

  std::vector<Edge> edges_;
  std::vector<std::vector<std::int32_t>> edges_of_;  // per node, positions in edges_
  std::int32_t nodes_ = 0;
  std::vector<std::int32_t> level_;
  std::vector<std::size_t> next_;
  std::vector<std::int32_t> path_;
};

}  // namespace tilewright::scheduler
