// SPDX-License-Identifier: Apache-2.0
// The smallest arena of one arena problem: greedy placements, then a ladder of complete searches.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/arena/arena_blocks.h"
#include "scheduler/arena/arena_search.h"

namespace tilewright::scheduler {

struct ArenaLimits {
  std::int64_t max_nodes = 50'000;
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
};

struct ArenaResult {
  std::vector<std::int64_t> offsets;  // per block
  std::int64_t arena_bytes = 0;
  std::int64_t lower_bound_bytes = 0;  // no placement is smaller
  std::int64_t nodes = 0;
};

/// Tries the load first, since a tight target prunes best; a target refused by a finished search
/// raises the bound, one that fits lowers the arena, until both meet or the limit is reached.
[[nodiscard]] ArenaResult minimise_arena(const ArenaProblem& arena, const ArenaLimits& limits,
                                         const ArenaRules& rules);

}  // namespace tilewright::scheduler
