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
  std::int64_t enough_bytes = 0;  // stop once the arena is no larger, or proven to be
  int threads = 1;                // the answer does not depend on their number
};

struct ArenaResult {
  std::vector<std::int64_t> offsets = {};  // per block
  std::int64_t arena_bytes = 0;
  std::int64_t lower_bound_bytes = 0;  // no placement is smaller
  std::int64_t nodes = 0;
};

/// Places the blocks of `arena`, whose pinned ones must not overlap, as low as the limits allow.
///
/// A ladder of complete searches with growing node limits: most runs try to reach the lower bound,
/// because a tight height prunes best; some try heights between it and the best arena. Each run
/// has its own strategy, for how long a search takes depends on luck. A refuted height raises the
/// lower bound. Threads make several runs at once; the first in the order of the runs counts, so
/// that the answer is that of one thread unless a deadline is set.
[[nodiscard]] ArenaResult minimise_arena(const ArenaProblem& arena, const ArenaLimits& limits,
                                         const ArenaRules& rules);

}  // namespace tilewright::scheduler
