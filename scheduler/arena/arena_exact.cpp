// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_exact.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "scheduler/arena/arena_greedy.h"
#include "scheduler/arena/arena_parts.h"
#include "scheduler/arena/arena_runs.h"

namespace tilewright::scheduler {
namespace {

constexpr std::int64_t kFirstNodes = 300;  // of one run; half as many again each round
constexpr std::int64_t kMostNodes = 1'000'000'000;
constexpr std::int64_t kRunsPerRound = 28;  // all combinations of orders

/// The heights an arena can have: stacks of blocks are multiples of a step, the topmost may be a
/// scratch whose size is not rounded.
class Heights {
 public:
  explicit Heights(const ArenaPart& part) {
    for (const PartBlock& block : part.blocks) {
      for (const std::int64_t bytes : block.bytes) {
        step_bytes_ = std::gcd(step_bytes_, round_up(bytes, part.alignment_bytes));
      }
      step_bytes_ = std::gcd(step_bytes_, block.pinned_offset.value_or(0));
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
    while (height_bytes_ > std::max(bound_bytes_, enough_bytes) && !at_limit()) {
      if (limits_.enough_bytes > 0 && bound_bytes_ > limits_.enough_bytes) break;
      take(first_settled(part_, next_runs(std::max(bound_bytes_, enough_bytes)), rules_));
    }
    return bound_bytes_;
  }

 private:
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

  /// As many runs as there are threads, the first of them number `next_run_`.
  std::vector<ArenaRun> next_runs(std::int64_t lowest_bytes) {
    runs_.clear();
    std::int64_t nodes_left = limits_.max_nodes - arena_.nodes;
    for (int i = 0; i < limits_.threads && nodes_left > 0; ++i) {
      const std::int64_t number = next_run_ + i;
      const std::int64_t nodes = std::min(nodes_left, nodes_of(number));
      runs_.push_back({target_bytes(number, lowest_bytes),
                       arena_strategy(static_cast<std::uint32_t>(number)),
                       {nodes, nullptr, limits_.deadline}});
      nodes_left -= nodes + 1;
    }
    return runs_;
  }

  static std::int64_t nodes_of(std::int64_t run) {
    std::int64_t nodes = kFirstNodes;
    for (std::int64_t i = kRunsPerRound; i <= run && nodes < kMostNodes; i += kRunsPerRound)
      nodes += nodes / 2;
    return nodes;
  }

  /// The lowest height that may fit; for every fifth run, one between it and the arena found.
  [[nodiscard]] std::int64_t target_bytes(std::int64_t run, std::int64_t lowest_bytes) const {
    const std::int64_t gap_bytes = height_bytes_ - lowest_bytes;
    if (run % 5 != 4 || lowest_bytes == limits_.enough_bytes) return lowest_bytes;
    const std::int64_t shares[] = {gap_bytes / 8, gap_bytes / 4, gap_bytes / 2,
                                   gap_bytes - heights_.step_bytes()};
    const std::int64_t target_bytes = heights_.at_least(lowest_bytes + shares[run / 5 % 4]);
    return target_bytes < height_bytes_ ? target_bytes : lowest_bytes;
  }

  void take(const std::vector<FitResult>& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      ++next_run_;
      arena_.nodes += results[i].nodes;
      switch (results[i].fit) {
        case Fit::Unknown:
          break;
        case Fit::Impossible:
          bound_bytes_ = std::max(bound_bytes_, heights_.at_least(runs_[i].capacity_bytes + 1));
          break;
        case Fit::Fits:
          for (std::size_t k = 0; k < part_.blocks.size(); ++k)
            arena_.offsets[part_.blocks[k].source] = results[i].offsets[k];
          height_bytes_ = height();
          break;
      }
    }
  }

  const ArenaPart& part_;
  const ArenaLimits& limits_;
  const ArenaRules& rules_;
  ArenaResult& arena_;
  Heights heights_;
  std::vector<ArenaRun> runs_;
  std::int64_t next_run_ = 0;
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
  const auto is_enough = [&] {
    return result.arena_bytes <= std::max(result.lower_bound_bytes, limits.enough_bytes) ||
           (limits.enough_bytes > 0 && result.lower_bound_bytes > limits.enough_bytes);
  };
  if (is_enough() || !has_parts(arena)) return result;
  for (const ArenaPart& part : arena_parts(arena)) {
    Ladder ladder(part, limits, rules, result);
    result.lower_bound_bytes =
        std::max(result.lower_bound_bytes,
                 ladder.run(std::max(result.lower_bound_bytes, limits.enough_bytes)));
    if (limits.enough_bytes > 0 && result.lower_bound_bytes > limits.enough_bytes) break;
  }
  result.arena_bytes = arena_height(arena, result.offsets);
  return result;
}

}  // namespace tilewright::scheduler
