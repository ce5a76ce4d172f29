// SPDX-License-Identifier: Apache-2.0
#include "scheduler/order/state_table.h"

#include <algorithm>

#include "scheduler/hash_words.h"

namespace tilewright::scheduler {

StateTable::StateTable(std::int32_t op_count)
    : words_(word_count(op_count)), slots_(1024, kNoNode) {}

std::size_t StateTable::slot(std::span<const OpWord> executed) const {
  std::size_t slot = hash_words(executed, 0) & (slots_.size() - 1);
  while (slots_[slot] != kNoNode && !std::ranges::equal(this->executed(slots_[slot]), executed)) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

void StateTable::grow() {
  std::vector<std::int32_t> old(slots_.size() * 2, kNoNode);
  old.swap(slots_);
  for (const std::int32_t node : old) {
    if (node != kNoNode) slots_[slot(executed(node))] = node;
  }
}

std::int32_t StateTable::add(std::span<const OpWord> executed, std::int32_t parent,
                             std::int64_t live_bytes, std::span<const std::int32_t> ops) {
  if (nodes_.size() * 2 >= slots_.size()) grow();
  const auto node = static_cast<std::int32_t>(nodes_.size());
  nodes_.push_back({live_bytes, parent, false, false, ops_.size(), ops_.size() + ops.size()});
  executed_.insert(executed_.end(), executed.begin(), executed.end());
  ops_.insert(ops_.end(), ops.begin(), ops.end());
  slots_[slot(executed)] = node;
  return node;
}

std::int32_t StateTable::find(std::span<const OpWord> executed) const {
  return slots_[slot(executed)];
}

bool StateTable::is_alive(std::int32_t node) const {
  for (; node != kNoNode; node = at(node).parent) {
    if (at(node).discarded) return false;
  }
  return true;
}

std::span<const OpWord> StateTable::executed(std::int32_t node) const {
  return {executed_.data() + static_cast<std::size_t>(node) * words_, words_};
}

std::span<const std::int32_t> StateTable::ops(std::int32_t node) const {
  return {ops_.data() + at(node).ops_begin, at(node).ops_end - at(node).ops_begin};
}

std::vector<std::int32_t> StateTable::path(std::int32_t ancestor, std::int32_t node) const {
  std::vector<std::int32_t> nodes;
  for (; node != ancestor; node = parent(node))
    nodes.push_back(node);
  std::vector<std::int32_t> result;
  for (std::size_t i = nodes.size(); i-- > 0;) {
    const auto part = ops(nodes[i]);
    result.insert(result.end(), part.begin(), part.end());
  }
  return result;
}

std::int64_t StateTable::table_bytes() const {
  return static_cast<std::int64_t>(nodes_.size() * sizeof(Node) +
                                   executed_.size() * sizeof(OpWord) +
                                   (ops_.size() + slots_.size()) * sizeof(std::int32_t));
}

}  // namespace tilewright::scheduler
