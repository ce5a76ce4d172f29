// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_plan.h"

#include <algorithm>

#include "scheduler/arena/arena_blocks.h"
#include "scheduler/arena/arena_greedy.h"

namespace tilewright::scheduler {

ArenaPlan plan_arena(const Problem& problem, const Dependencies& dependencies,
                     const std::vector<OpId>& order) {
  const std::vector<Lifetime> lives = lifetimes(problem, dependencies, order);
  ArenaPlan plan;
  plan.in_place_used = best_pairs(problem, usable_pairs(problem, lives, order));
  const std::vector<std::int64_t> bytes = step_bytes(problem, lives, order, plan.in_place_used);
  plan.peak_bytes = *std::max_element(bytes.begin(), bytes.end());
  plan.lower_bound_bytes = plan.peak_bytes;
  const ArenaProblem arena = arena_problem(problem, lives, order, plan.in_place_used);
  const std::vector<std::int64_t> offsets = place_greedily(arena);
  plan.arena_bytes = arena_height(arena, offsets);
  plan.offsets.resize(problem.storages.size());
  plan.scratch_offsets.resize(problem.ops.size());
  for (std::size_t i = 0; i < arena.blocks.size(); ++i) {
    for (const StorageId id : arena.blocks[i].storages)
      plan.offsets[index(id)] = offsets[i];
    if (const auto op = arena.blocks[i].scratch_of) plan.scratch_offsets[index(*op)] = offsets[i];
  }
  return plan;
}

}  // namespace tilewright::scheduler
