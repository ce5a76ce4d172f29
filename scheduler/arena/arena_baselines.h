// SPDX-License-Identifier: Apache-2.0
// Arenas as others place them: what the exact search is compared with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/arena/arena_blocks.h"

namespace tilewright::scheduler {

struct ArenaBaseline {
  std::string name;
  std::vector<std::int64_t> offsets;  // per block
  std::int64_t arena_bytes = 0;
};

/// The baselines of `arena`; of huge arenas without the last.
///
/// - `first_fit`: blocks by their first step, each at the lowest free offset.
/// - `greedy_by_size`: the largest block first, each at the lowest free offset.
///   Source: Pisarchyk, Lee, Efficient memory management for deep neural net inference, 2020.
/// - `best_fit`: blocks by their first step, each in the tightest gap that holds it.
/// - `hill_climb`: greedy by size, then two blocks of the list change places as long as the arena
///   does not grow; a fixed number of times, by a fixed seed.
[[nodiscard]] std::vector<ArenaBaseline> arena_baselines(const ArenaProblem& arena);

}  // namespace tilewright::scheduler
