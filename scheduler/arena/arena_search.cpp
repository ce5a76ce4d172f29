// SPDX-License-Identifier: Apache-2.0
// Canonical placements: every block that fits at all fits when blocks are placed by non-decreasing
// offset, each at the lowest offset allowed by those before it; equal offsets in a fixed order.
#include "scheduler/arena/arena_search.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>

namespace tilewright::scheduler {
namespace {

constexpr std::int64_t kNoBytes = std::numeric_limits<std::int64_t>::max();

struct Rank {
  std::int64_t width = 0;
  double area = 0;
  std::int64_t total_bytes = 0;  // of the fullest section the block is in
};

std::vector<Rank> ranks(const ArenaPart& part) {
  std::vector<Rank> result(part.blocks.size());
  for (const auto& section : part.sections) {
    std::int64_t total_bytes = 0;
    for (const SectionBlock& entry : section)
      total_bytes += entry.bytes;
    for (const SectionBlock& entry : section) {
      Rank& rank = result[static_cast<std::size_t>(entry.block)];
      ++rank.width;
      rank.area += static_cast<double>(entry.bytes);
      rank.total_bytes = std::max(rank.total_bytes, total_bytes);
    }
  }
  return result;
}

bool comes_first(const Rank& a, const Rank& b, BlockOrder order) {
  switch (order) {
    case BlockOrder::WidthAreaTotal:
      return std::tuple(a.width, a.area, a.total_bytes) >
             std::tuple(b.width, b.area, b.total_bytes);
    case BlockOrder::TotalAreaWidth:
      return std::tuple(a.total_bytes, a.area, a.width) >
             std::tuple(b.total_bytes, b.area, b.width);
    case BlockOrder::TotalWidthArea:
      return std::tuple(a.total_bytes, a.width, a.area) >
             std::tuple(b.total_bytes, b.width, b.area);
  }
  return false;
}

class PartSearch {
 public:
  PartSearch(const ArenaPart& part, std::int64_t capacity_bytes, BlockOrder order,
             std::int64_t max_nodes, const ArenaRules& rules)
      : part_(part),
        capacity_bytes_(capacity_bytes),
        max_nodes_(max_nodes),
        rules_(rules),
        floor_(part.sections.size(), 0),
        rest_(part.sections.size(), 0),
        lowest_(part.blocks.size(), 0),
        offset_(part.blocks.size(), -1),
        blocks_by_rank_(part.blocks.size()),
        rank_(part.blocks.size()),
        twin_(part.blocks.size(), -1) {
    for (std::size_t i = 0; i < part.sections.size(); ++i) {
      for (const SectionBlock& entry : part.sections[i])
        rest_[i] += entry.bytes;
    }
    sort_blocks(order);
    if (rules.twins) find_twins();
  }

  FitResult run() {
    const Fit fit = search();
    FitResult result{fit, {}, nodes_};
    if (fit == Fit::Fits) result.offsets = offset_;
    return result;
  }

 private:
  struct Change {
    std::int32_t block = 0;
    std::int64_t lowest = 0;  // before the change
  };
  struct Candidate {
    std::int64_t offset = 0;
    std::int32_t rank = 0;
  };
  /// One placement on the way down, and what it changed.
  struct Level {
    std::vector<Candidate> candidates = {};
    std::size_t next = 0;
    std::int32_t block = -1;  // placed at this level, or -1
    bool has_hat = false;     // unplaced blocks overlap it
    std::vector<Change> changes = {};
    std::vector<std::int64_t> floors = {};  // of its sections before
  };

  [[nodiscard]] const PartBlock& block(std::int32_t i) const {
    return part_.blocks[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] bool is_placed(std::int32_t i) const {
    return offset_[static_cast<std::size_t>(i)] >= 0;
  }
  [[nodiscard]] std::int64_t lowest(std::int32_t i) const {
    return lowest_[static_cast<std::size_t>(i)];
  }

  void sort_blocks(BlockOrder order) {
    const std::vector<Rank> rank = ranks(part_);
    std::iota(blocks_by_rank_.begin(), blocks_by_rank_.end(), 0);
    std::stable_sort(blocks_by_rank_.begin(), blocks_by_rank_.end(),
                     [&](std::int32_t a, std::int32_t b) {
                       return comes_first(rank[static_cast<std::size_t>(a)],
                                          rank[static_cast<std::size_t>(b)], order);
                     });
    for (std::size_t i = 0; i < blocks_by_rank_.size(); ++i) {
      rank_[static_cast<std::size_t>(blocks_by_rank_[i])] = static_cast<std::int32_t>(i);
    }
  }

  /// Links each block to the equal one that comes right before it.
  void find_twins() {
    for (std::size_t i = 0; i < blocks_by_rank_.size(); ++i) {
      const PartBlock& a = block(blocks_by_rank_[i]);
      for (std::size_t j = i; j-- > 0;) {
        const PartBlock& b = block(blocks_by_rank_[j]);
        if (a.first_section != b.first_section || a.bytes != b.bytes) continue;
        twin_[static_cast<std::size_t>(blocks_by_rank_[i])] = blocks_by_rank_[j];
        break;
      }
    }
  }

  /// Whether some section cannot hold what is left above `offset`.
  [[nodiscard]] bool is_overfull(std::int64_t offset) const {
    for (std::size_t i = 0; i < floor_.size(); ++i) {
      if (rest_[i] == 0) continue;
      std::int64_t floor = std::max(floor_[i], offset);
      if (floor + rest_[i] > capacity_bytes_) return true;
      if (!rules_.floors) continue;
      std::int64_t start = kNoBytes;
      for (const SectionBlock& entry : part_.sections[i]) {
        if (entry.bytes > 0 && !is_placed(entry.block))
          start = std::min(start, lowest(entry.block));
      }
      floor = std::max(floor, start);
      if (floor + rest_[i] > capacity_bytes_) return true;
    }
    return false;
  }

  /// The blocks that may be placed next, the lowest first.
  [[nodiscard]] std::vector<Candidate> candidates(std::int64_t offset,
                                                  std::int32_t last_rank) const {
    std::int64_t lowest_top = kNoBytes;
    for (std::size_t i = 0; i < offset_.size(); ++i) {
      if (offset_[i] < 0) lowest_top = std::min(lowest_top, lowest_[i] + part_.blocks[i].max_bytes);
    }
    std::vector<Candidate> result;
    for (const std::int32_t i : blocks_by_rank_) {
      if (is_placed(i) || lowest(i) < offset) continue;
      if (lowest(i) + block(i).max_bytes > capacity_bytes_) continue;
      const std::int32_t rank = rank_[static_cast<std::size_t>(i)];
      if (lowest(i) == offset && rank < last_rank) continue;
      if (rules_.dominance && lowest(i) >= lowest_top) continue;
      const std::int32_t twin = twin_[static_cast<std::size_t>(i)];
      if (twin >= 0 && !is_placed(twin)) continue;
      result.push_back({lowest(i), rank});
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const Candidate& a, const Candidate& b) { return a.offset < b.offset; });
    return result;
  }

  /// Places a block at its lowest offset and lifts those it overlaps.
  void place(std::int32_t i, Level& level) {
    const PartBlock& placed = block(i);
    level.block = i;
    level.has_hat = false;
    level.changes.clear();
    level.floors.clear();
    offset_[static_cast<std::size_t>(i)] = lowest(i);
    for (std::size_t k = 0; k < placed.bytes.size(); ++k) {
      const std::size_t section = static_cast<std::size_t>(placed.first_section) + k;
      level.floors.push_back(floor_[section]);
      rest_[section] -= placed.bytes[k];
      if (placed.bytes[k] == 0) continue;
      floor_[section] = lowest(i) + placed.bytes[k];
      lift(section, level);
    }
  }

  /// Raises the unplaced blocks of `section` to its floor.
  void lift(std::size_t section, Level& level) {
    const std::int64_t above = round_up(floor_[section], part_.alignment_bytes);
    for (const SectionBlock& entry : part_.sections[section]) {
      if (entry.bytes == 0 || is_placed(entry.block)) continue;
      level.has_hat = true;
      std::int64_t& lowest = lowest_[static_cast<std::size_t>(entry.block)];
      if (lowest >= above) continue;
      level.changes.push_back({entry.block, lowest});
      lowest = above;
    }
  }

  void remove(Level& level) {
    for (std::size_t k = level.changes.size(); k-- > 0;) {
      lowest_[static_cast<std::size_t>(level.changes[k].block)] = level.changes[k].lowest;
    }
    const PartBlock& removed = block(level.block);
    for (std::size_t k = 0; k < removed.bytes.size(); ++k) {
      const std::size_t section = static_cast<std::size_t>(removed.first_section) + k;
      rest_[section] += removed.bytes[k];
      floor_[section] = level.floors[k];
    }
    offset_[static_cast<std::size_t>(level.block)] = -1;
    level.block = -1;
  }

  /// Depth first, with its own stack: parts have thousands of blocks.
  Fit search() {
    if (is_overfull(0)) return Fit::Impossible;
    std::vector<Level> levels;
    levels.push_back({.candidates = candidates(0, -1)});
    while (!levels.empty()) {
      Level& level = levels.back();
      const bool came_back = level.block >= 0;
      if (came_back) remove(level);
      const bool hopeless = came_back && rules_.hatless && !level.has_hat;
      if (hopeless || level.next == level.candidates.size()) {
        levels.pop_back();
        continue;
      }
      if (++nodes_ > max_nodes_) return Fit::Unknown;
      const Candidate candidate = level.candidates[level.next++];
      place(blocks_by_rank_[static_cast<std::size_t>(candidate.rank)], level);
      if (levels.size() == offset_.size()) return Fit::Fits;
      if (is_overfull(candidate.offset)) continue;
      levels.push_back({.candidates = candidates(candidate.offset, candidate.rank)});
    }
    return Fit::Impossible;
  }

  const ArenaPart& part_;
  std::int64_t capacity_bytes_;
  std::int64_t max_nodes_;
  const ArenaRules& rules_;
  std::vector<std::int64_t> floor_;   // per section: top of what is placed
  std::vector<std::int64_t> rest_;    // per section: bytes of what is not
  std::vector<std::int64_t> lowest_;  // per block: lowest offset allowed by what is placed
  std::vector<std::int64_t> offset_;  // per block: -1 if not placed
  std::vector<std::int32_t> blocks_by_rank_;
  std::vector<std::int32_t> rank_;
  std::vector<std::int32_t> twin_;  // per block: an equal one to be placed before, or -1
  std::int64_t nodes_ = 0;
};

}  // namespace

FitResult fit_part(const ArenaPart& part, std::int64_t capacity_bytes, BlockOrder order,
                   std::int64_t max_nodes, const ArenaRules& rules) {
  return PartSearch(part, capacity_bytes, order, max_nodes, rules).run();
}

}  // namespace tilewright::scheduler
