// SPDX-License-Identifier: Apache-2.0
// Several arena searches at once, with the answer of one after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/arena/arena_search.h"

namespace tilewright::scheduler {

struct ArenaRun {
  std::int64_t capacity_bytes = 0;
  ArenaStrategy strategy = {};
  FitLimits limits = {};
};

/// The results of `runs` up to the first that fits or is refuted; those after it are cancelled.
/// Each run has a thread of its own.
[[nodiscard]] std::vector<FitResult> first_settled(const ArenaPart& part,
                                                   std::vector<ArenaRun> runs,
                                                   const ArenaRules& rules);

}  // namespace tilewright::scheduler
