// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_baselines.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <utility>

#include "scheduler/arena/arena_greedy.h"

namespace tilewright::scheduler {
namespace {

constexpr std::size_t kMaxClimbedBlocks = 1'024;
constexpr int kClimbSteps = 400;

using BlockList = std::vector<std::size_t>;

template <typename Before>
BlockList sorted(const ArenaProblem& arena, const Before& before) {
  BlockList order(arena.blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return before(arena.blocks[a], arena.blocks[b]);
  });
  std::stable_partition(order.begin(), order.end(),
                        [&](std::size_t i) { return arena.blocks[i].pinned_offset.has_value(); });
  return order;
}

ArenaBaseline place(const char* name, const ArenaProblem& arena, const BlockList& order,
                    FitRule rule) {
  ArenaBaseline result{name, place_in_order(arena, order, rule), 0};
  result.arena_bytes = arena_height(arena, result.offsets);
  return result;
}

ArenaBaseline climb(const ArenaProblem& arena, BlockList order) {
  std::mt19937 random(1);
  ArenaBaseline best = place("hill_climb", arena, order, FitRule::Lowest);
  for (int i = 0; i < kClimbSteps && order.size() > 1; ++i) {
    BlockList changed = order;
    std::swap(changed[random() % changed.size()], changed[random() % changed.size()]);
    ArenaBaseline next = place("hill_climb", arena, changed, FitRule::Lowest);
    if (next.arena_bytes > best.arena_bytes) continue;
    best = std::move(next);
    order = std::move(changed);
  }
  return best;
}

}  // namespace

std::vector<ArenaBaseline> arena_baselines(const ArenaProblem& arena) {
  const BlockList by_start =
      sorted(arena, [](const ArenaBlock& a, const ArenaBlock& b) { return a.begin() < b.begin(); });
  const BlockList by_size = sorted(arena, [](const ArenaBlock& a, const ArenaBlock& b) {
    return a.max_bytes() > b.max_bytes();
  });
  std::vector<ArenaBaseline> result{
      place("first_fit", arena, by_start, FitRule::Lowest),
      place("greedy_by_size", arena, by_size, FitRule::Lowest),
      place("best_fit", arena, by_start, FitRule::TightestGap),
  };
  if (arena.blocks.size() <= kMaxClimbedBlocks) result.push_back(climb(arena, by_size));
  return result;
}

}  // namespace tilewright::scheduler
