// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/max_flow.h"

#include <algorithm>

namespace tilewright::scheduler {

void FlowNetwork::reset(std::int32_t nodes) {
  edges_.clear();
  // Lists keep their capacity: networks are rebuilt thousands of times in one search.
  for (auto& list : edges_of_)
    list.clear();
  nodes_ = nodes;
  if (edges_of_.size() < static_cast<std::size_t>(nodes)) {
    edges_of_.resize(static_cast<std::size_t>(nodes));
  }
}

std::int32_t FlowNetwork::add_node() {
  if (edges_of_.size() == static_cast<std::size_t>(nodes_)) edges_of_.emplace_back();
  return nodes_++;
}

std::int32_t FlowNetwork::add_edge(std::int32_t from, std::int32_t to, std::int64_t capacity) {
  const auto position = static_cast<std::int32_t>(edges_.size());
  edges_of_[static_cast<std::size_t>(from)].push_back(static_cast<std::int32_t>(edges_.size()));
  edges_.push_back({to, capacity});
  edges_of_[static_cast<std::size_t>(to)].push_back(static_cast<std::int32_t>(edges_.size()));
  edges_.push_back({from, 0});
  return position;
}

bool FlowNetwork::find_levels(std::int32_t source, std::int32_t sink) {
  level_.assign(static_cast<std::size_t>(nodes_), -1);
  level_[static_cast<std::size_t>(source)] = 0;
  std::vector<std::int32_t> queue{source};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const auto node = static_cast<std::size_t>(queue[i]);
    for (const std::int32_t position : edges_of_[node]) {
      const Edge& edge = edges_[static_cast<std::size_t>(position)];
      std::int32_t& level = level_[static_cast<std::size_t>(edge.to)];
      if (edge.left == 0 || level >= 0) continue;
      level = level_[node] + 1;
      queue.push_back(edge.to);
    }
  }
  return level_[static_cast<std::size_t>(sink)] >= 0;
}

/// Pushes flow along one path of the level graph and returns its amount, 0 if none is left.
std::int64_t FlowNetwork::augment(std::int32_t source, std::int32_t sink) {
  path_.clear();
  std::int32_t node = source;
  while (node != sink) {
    const auto i = static_cast<std::size_t>(node);
    if (next_[i] == edges_of_[i].size()) {
      if (path_.empty()) return 0;
      // A dead end: the edge that led here is used up for this level graph.
      node = edges_[static_cast<std::size_t>(path_.back() ^ 1)].to;
      path_.pop_back();
      ++next_[static_cast<std::size_t>(node)];
      continue;
    }
    const std::int32_t position = edges_of_[i][next_[i]];
    const Edge& edge = edges_[static_cast<std::size_t>(position)];
    if (edge.left > 0 && level_[static_cast<std::size_t>(edge.to)] == level_[i] + 1) {
      path_.push_back(position);
      node = edge.to;
    } else {
      ++next_[i];
    }
  }
  std::int64_t amount = kInfiniteCapacity;
  for (const std::int32_t position : path_) {
    amount = std::min(amount, edges_[static_cast<std::size_t>(position)].left);
  }
  for (const std::int32_t position : path_) {
    edges_[static_cast<std::size_t>(position)].left -= amount;
    edges_[static_cast<std::size_t>(position ^ 1)].left += amount;
  }
  return amount;
}

std::int64_t FlowNetwork::max_flow(std::int32_t source, std::int32_t sink) {
  std::int64_t flow = 0;
  while (find_levels(source, sink)) {
    next_.assign(static_cast<std::size_t>(nodes_), 0);
    for (std::int64_t amount = augment(source, sink); amount > 0; amount = augment(source, sink)) {
      flow += amount;
    }
  }
  return flow;
}

std::vector<bool> FlowNetwork::sink_side(std::int32_t sink) const {
  std::vector<bool> reaches(static_cast<std::size_t>(nodes_), false);
  reaches[static_cast<std::size_t>(sink)] = true;
  std::vector<std::int32_t> queue{sink};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const std::int32_t position : edges_of_[static_cast<std::size_t>(queue[i])]) {
      const Edge& back = edges_[static_cast<std::size_t>(position ^ 1)];
      const std::int32_t from = edges_[static_cast<std::size_t>(position)].to;
      if (back.left == 0 || reaches[static_cast<std::size_t>(from)]) continue;
      reaches[static_cast<std::size_t>(from)] = true;
      queue.push_back(from);
    }
  }
  return reaches;
}

}  // namespace tilewright::scheduler
