// SPDX-License-Identifier: Apache-2.0
#include "tests/scheduler/arena_oracle.h"

#include <algorithm>
#include <limits>

namespace tilewright::scheduler {
namespace {

struct Packing {
  const std::vector<BlockShape>& blocks;
  std::int64_t alignment_bytes;
  std::vector<std::int64_t> offsets;
  std::int64_t best = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] bool is_free(std::size_t i, std::int64_t offset) const {
    for (std::size_t j = 0; j < blocks.size(); ++j) {
      if (offsets[j] < 0) continue;
      for (std::size_t step = 0; step < blocks[i].size(); ++step) {
        if (blocks[i][step] == 0 || blocks[j][step] == 0) continue;
        const bool below = offset + blocks[i][step] <= offsets[j];
        const bool above = offsets[j] + blocks[j][step] <= offset;
        if (!below && !above) return false;
      }
    }
    return true;
  }

  void place_rest(std::size_t placed, std::int64_t height) {
    if (height >= best) return;
    if (placed == blocks.size()) best = height;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (offsets[i] >= 0) continue;
      std::int64_t offset = 0;
      while (!is_free(i, offset))
        offset += alignment_bytes;
      offsets[i] = offset;
      const std::int64_t top = offset + *std::max_element(blocks[i].begin(), blocks[i].end());
      place_rest(placed + 1, std::max(height, top));
      offsets[i] = -1;
    }
  }
};

/// The blocks of an order, built by replaying it.
class Replay {
 public:
  Replay(const Problem& problem, const std::vector<OpId>& order) : problem_(problem) {
    steps_ = std::max<std::size_t>(1, order.size());
    position_.resize(order.size());
    for (std::size_t step = 0; step < order.size(); ++step)
      position_[index(order[step])] = step;
    shapes_.assign(problem.storages.size(), BlockShape(steps_, 0));
    for (std::size_t i = 0; i < problem.storages.size(); ++i)
      fill(i);
    for (std::size_t i = 0; i < problem.ops.size(); ++i) {
      if (problem.ops[i].scratch_bytes == 0) continue;
      scratch_.emplace_back(steps_, 0);
      scratch_.back()[position_[i]] = problem.ops[i].scratch_bytes;
    }
    group_.resize(problem.storages.size());
    for (std::size_t i = 0; i < group_.size(); ++i)
      group_[i] = i;
  }

  std::int64_t least() {
    try_pairs(0, 0);
    return best_;
  }

 private:
  [[nodiscard]] bool lives(std::size_t storage, std::size_t step) const {
    return shapes_[storage][step] > 0;
  }

  void fill(std::size_t i) {
    const Storage& storage = problem_.storages[i];
    std::vector<std::size_t> uses;
    std::size_t first_write = steps_;
    for (std::size_t op = 0; op < problem_.ops.size(); ++op) {
      for (const StorageId id : problem_.ops[op].reads) {
        if (index(id) == i) uses.push_back(position_[op]);
      }
      for (const StorageId id : problem_.ops[op].writes) {
        if (index(id) != i) continue;
        uses.push_back(position_[op]);
        first_write = std::min(first_write, position_[op]);
      }
    }
    if (storage.constant || (uses.empty() && !storage.output)) return;
    const std::size_t begin = storage.input ? 0 : first_write;
    const std::size_t end =
        storage.output ? steps_ - 1 : *std::max_element(uses.begin(), uses.end());
    std::int64_t bytes = storage.bytes;
    while (bytes % problem_.alignment_bytes != 0)
      ++bytes;
    for (std::size_t step = begin; step <= end; ++step)
      shapes_[i][step] = bytes;
  }

  /// Whether `read` lives last and `write` first in `step`.
  [[nodiscard]] bool can_share(std::size_t read, std::size_t write, std::size_t step) const {
    if (problem_.storages[read].output || !lives(read, step) || !lives(write, step)) return false;
    return (step + 1 == steps_ || !lives(read, step + 1)) && (step == 0 || !lives(write, step - 1));
  }

  void try_pairs(std::size_t op, std::size_t pair) {
    if (op == problem_.ops.size()) {
      measure();
      return;
    }
    const Op& node = problem_.ops[op];
    if (pair == node.in_place.size()) {
      try_pairs(op + 1, 0);
      return;
    }
    try_pairs(op, pair + 1);
    const std::size_t read = index(node.in_place[pair].read);
    const std::size_t write = index(node.in_place[pair].write);
    const auto clashes = [&](const std::pair<std::size_t, std::size_t>& taken) {
      return taken.first == read || taken.second == write;
    };
    const bool free = std::none_of(taken_.begin(), taken_.end(), clashes);
    if (!free || !can_share(read, write, position_[op])) return;
    taken_.emplace_back(read, write);
    const std::vector<std::size_t> before = group_;
    const std::size_t from = group_[write];
    for (std::size_t& group : group_)
      group = group == from ? before[read] : group;
    try_pairs(op, pair + 1);
    group_ = before;
    taken_.pop_back();
  }

  void measure() {
    std::vector<BlockShape> blocks = scratch_;
    std::vector<std::int64_t> offsets(blocks.size(), -1);
    std::size_t placed = 0;
    std::int64_t height = 0;
    for (std::size_t leader = 0; leader < group_.size(); ++leader) {
      BlockShape shape(steps_, 0);
      std::int64_t fixed = -1;
      for (std::size_t i = 0; i < group_.size(); ++i) {
        if (group_[i] != leader) continue;
        if (problem_.storages[i].offset) fixed = *problem_.storages[i].offset;
        for (std::size_t step = 0; step < steps_; ++step) {
          shape[step] = std::max(shape[step], shapes_[i][step]);
        }
      }
      const std::int64_t bytes = *std::max_element(shape.begin(), shape.end());
      if (bytes == 0) continue;
      blocks.push_back(shape);
      offsets.push_back(fixed);
      if (fixed < 0) continue;
      ++placed;
      height = std::max(height, fixed + bytes);
    }
    Packing packing{blocks, problem_.alignment_bytes, offsets, best_};
    packing.place_rest(placed, height);
    best_ = packing.best;
  }

  const Problem& problem_;
  std::size_t steps_ = 1;
  std::vector<std::size_t> position_;
  std::vector<BlockShape> shapes_;
  std::vector<BlockShape> scratch_;
  std::vector<std::size_t> group_;  // per storage: the one whose offset it shares
  std::vector<std::pair<std::size_t, std::size_t>> taken_;
  std::int64_t best_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace

std::int64_t least_height(const std::vector<BlockShape>& blocks, std::int64_t alignment_bytes) {
  Packing packing{blocks, alignment_bytes, std::vector<std::int64_t>(blocks.size(), -1)};
  packing.place_rest(0, 0);
  return packing.best;
}

std::int64_t least_arena_bytes(const Problem& problem, const std::vector<OpId>& order) {
  return Replay(problem, order).least();
}

int count_blocks(const Problem& problem) {
  int count = 0;
  for (const Storage& storage : problem.storages)
    count += storage.constant ? 0 : 1;
  for (const Op& op : problem.ops)
    count += op.scratch_bytes > 0 ? 1 : 0;
  return count;
}

}  // namespace tilewright::scheduler
