// SPDX-License-Identifier: Apache-2.0
// The nodes of the order search: a tree of executed sets, found again by their bits.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/order/live_state.h"

namespace tilewright::scheduler {

inline constexpr std::int32_t kNoNode = -1;

class StateTable {
 public:
  explicit StateTable(std::int32_t op_count);

  /// Adds the set `executed`, reached from `parent` by running `ops`; a node of the same set that
  /// was added before is no longer found.
  std::int32_t add(std::span<const OpWord> executed, std::int32_t parent, std::int64_t live_bytes,
                   std::span<const std::int32_t> ops);

  /// The last node added for `executed`, dead or alive, or `kNoNode`.
  [[nodiscard]] std::int32_t find(std::span<const OpWord> executed) const;

  /// Marks `node` and everything below it as dead.
  void discard(std::int32_t node) { nodes_[static_cast<std::size_t>(node)].discarded = true; }
  [[nodiscard]] bool is_alive(std::int32_t node) const;

  void mark_expanded(std::int32_t node) { nodes_[static_cast<std::size_t>(node)].expanded = true; }
  [[nodiscard]] bool is_expanded(std::int32_t node) const { return at(node).expanded; }

  [[nodiscard]] std::int32_t parent(std::int32_t node) const { return at(node).parent; }
  [[nodiscard]] std::int64_t live_bytes(std::int32_t node) const { return at(node).live_bytes; }
  [[nodiscard]] std::span<const OpWord> executed(std::int32_t node) const;
  [[nodiscard]] std::span<const std::int32_t> ops(std::int32_t node) const;

  /// The ops from `ancestor` (left out; `kNoNode` for the start) down to `node`, in running order.
  [[nodiscard]] std::vector<std::int32_t> path(std::int32_t ancestor, std::int32_t node) const;

  [[nodiscard]] std::int64_t table_bytes() const;

 private:
  struct Node {
    std::int64_t live_bytes = 0;
    std::int32_t parent = kNoNode;
    bool discarded = false;
    bool expanded = false;
    std::size_t ops_begin = 0;
    std::size_t ops_end = 0;
  };

  [[nodiscard]] const Node& at(std::int32_t node) const {
    return nodes_[static_cast<std::size_t>(node)];
  }
  [[nodiscard]] std::size_t slot(std::span<const OpWord> executed) const;
  void grow();

  std::size_t words_;
  std::vector<Node> nodes_;
  std::vector<OpWord> executed_;     // `words_` per node
  std::vector<std::int32_t> ops_;    // of all nodes, one after the other
  std::vector<std::int32_t> slots_;  // open addressing, a power of two
};

}  // namespace tilewright::scheduler
