// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_exact.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "scheduler/arena/arena_greedy.h"
#include "scheduler/arena/arena_parts.h"

namespace tilewright::scheduler {
namespace {

constexpr std::int64_t kFirstNodes = 500;  // of one search; doubled each round

/// The heights an arena can have: stacks of blocks are multiples of a step, the topmost may be a
/// scratch whose size is not rounded.
class Heights {
 public:
  explicit Heights(const ArenaPart& part) {
    for (const PartBlock& block : part.blocks) {
      for (const std::int64_t bytes : block.bytes) {
        step_bytes_ = std::gcd(step_bytes_, round_up(bytes, part.alignment_bytes));
      }
    }
    for (const PartBlock& block : part.blocks) {
      for (const std::int64_t bytes : block.bytes)
        remainders_.push_back(bytes % step_bytes_);
    }
    std::sort(remainders_.begin(), remainders_.end());
    remainders_.erase(std::unique(remainders_.begin(), remainders_.end()), remainders_.end());
  }

  /// The least height that is at least `bytes`.
  [[nodiscard]] std::int64_t at_least(std::int64_t bytes) const {
    const std::int64_t base = bytes / step_bytes_ * step_bytes_;
    for (const std::int64_t remainder : remainders_) {
      if (base + remainder >= bytes) return base + remainder;
    }
    return base + step_bytes_ + remainders_.front();
  }

  [[nodiscard]] std::int64_t step_bytes() const { return step_bytes_; }

 private:
  std::int64_t step_bytes_ = 0;
  std::vector<std::int64_t> remainders_;
};

class Ladder {
 public:
  Ladder(const ArenaPart& part, const ArenaLimits& limits, const ArenaRules& rules,
         ArenaResult& arena)
      : part_(part), limits_(limits), rules_(rules), arena_(arena), heights_(part) {}

  /// Lowers the part until it is no higher than `enough_bytes` or proven; returns its lower bound.
  std::int64_t run(std::int64_t enough_bytes) {
    bound_bytes_ = heights_.at_least(part_.load_bytes);
    height_bytes_ = height();
    for (std::int64_t nodes = kFirstNodes; !done(enough_bytes) && !at_limit(); nodes *= 2) {
      for (const BlockOrder order : kBlockOrders) {
        // A rung that is settled moves the ends; the rungs between them are laid anew.
        while (climb(std::max(bound_bytes_, enough_bytes), order, nodes)) {
          if (done(enough_bytes)) return bound_bytes_;
        }
      }
    }
    return bound_bytes_;
  }

 private:
  [[nodiscard]] bool done(std::int64_t enough_bytes) const {
    return height_bytes_ <= std::max(bound_bytes_, enough_bytes);
  }
  [[nodiscard]] bool at_limit() const {
    return arena_.nodes >= limits_.max_nodes ||
           (limits_.deadline && std::chrono::steady_clock::now() >= *limits_.deadline);
  }

  [[nodiscard]] std::int64_t height() const {
    std::int64_t result = 0;
    for (const PartBlock& block : part_.blocks) {
      result = std::max(result, arena_.offsets[block.source] + block.max_bytes);
    }
    return result;
  }

  /// Tries rungs from `lowest_bytes` up to below the arena found; says whether one was settled.
  bool climb(std::int64_t lowest_bytes, BlockOrder order, std::int64_t max_nodes) {
    const std::int64_t gap_bytes = height_bytes_ - lowest_bytes;
    std::int64_t tried_bytes = -1;
    for (const std::int64_t share : {std::int64_t{0}, gap_bytes / 8, gap_bytes / 4, gap_bytes / 2,
                                     gap_bytes - heights_.step_bytes()}) {
      const std::int64_t target_bytes =
          share <= 0 ? lowest_bytes : heights_.at_least(lowest_bytes + share);
      if (target_bytes <= tried_bytes || target_bytes >= height_bytes_ || at_limit()) continue;
      tried_bytes = target_bytes;
      if (settle(target_bytes, order, max_nodes)) return true;
    }
    return false;
  }

  bool settle(std::int64_t target_bytes, BlockOrder order, std::int64_t max_nodes) {
    max_nodes = std::min(max_nodes, limits_.max_nodes - arena_.nodes);
    const FitResult found = fit_part(part_, target_bytes, order, max_nodes, rules_);
    arena_.nodes += found.nodes;
    switch (found.fit) {
      case Fit::Unknown:
        return false;
      case Fit::Impossible:
        bound_bytes_ = heights_.at_least(target_bytes + 1);
        return true;
      case Fit::Fits:
        break;
    }
    for (std::size_t i = 0; i < part_.blocks.size(); ++i) {
      arena_.offsets[part_.blocks[i].source] = found.offsets[i];
    }
    height_bytes_ = height();
    return true;
  }

  const ArenaPart& part_;
  const ArenaLimits& limits_;
  const ArenaRules& rules_;
  ArenaResult& arena_;
  Heights heights_;
  std::int64_t bound_bytes_ = 0;
  std::int64_t height_bytes_ = 0;
};

}  // namespace

ArenaResult minimise_arena(const ArenaProblem& arena, const ArenaLimits& limits,
                           const ArenaRules& rules) {
  ArenaResult result;
  result.offsets = place_greedily(arena);
  result.lower_bound_bytes = load_bytes(arena);
  result.arena_bytes = arena_height(arena, result.offsets);
  if (result.arena_bytes == result.lower_bound_bytes || !has_parts(arena)) return result;
  for (const ArenaPart& part : arena_parts(arena)) {
    Ladder ladder(part, limits, rules, result);
    result.lower_bound_bytes =
        std::max(result.lower_bound_bytes, ladder.run(result.lower_bound_bytes));
  }
  result.arena_bytes = arena_height(arena, result.offsets);
  return result;
}

}  // namespace tilewright::scheduler
