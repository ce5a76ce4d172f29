// SPDX-License-Identifier: Apache-2.0
// Which address: the smallest arena of an order, over the in-place pairs it may use.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/arena/arena_exact.h"
#include "scheduler/cost.h"
#include "scheduler/dependencies.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

struct ArenaPlan {
  std::vector<std::optional<std::int64_t>> offsets;          // per storage
  std::vector<std::optional<std::int64_t>> scratch_offsets;  // per op
  std::vector<InPlaceUse> in_place_used;
  std::int64_t peak_bytes = 0;  // with the pairs used
  std::int64_t arena_bytes = 0;
  std::int64_t lower_bound_bytes = 0;  // of every arena of this order, whatever pairs it uses
  std::int64_t nodes = 0;
};

/// A pair saves bytes in its step but ties two storages to one offset, which can cost more
/// elsewhere. So the best pairs are tried first, then only those without which the peak would rise;
/// if neither reaches the peak and the choices are few, every choice is tried, which proves the
/// best of them.
[[nodiscard]] ArenaPlan plan_arena(const Problem& problem, const Dependencies& dependencies,
                                   const std::vector<OpId>& order, const ArenaLimits& limits,
                                   const ArenaRules& rules);

}  // namespace tilewright::scheduler
