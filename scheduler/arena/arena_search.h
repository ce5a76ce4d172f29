// SPDX-License-Identifier: Apache-2.0
// Whether the blocks of a part fit below a height: complete search from the bottom up.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/arena/arena_parts.h"
#include "scheduler/arena/arena_strategy.h"

namespace tilewright::scheduler {

/// Each rule only saves work: with any of them off the answer is the same.
struct ArenaRules {
  bool floors = true;   // sections start where their lowest unplaced block can
  bool holes = true;    // a hole is as high as the next block that something could rest on
  bool twins = true;    // equal blocks are placed in one order
  bool splits = true;   // sections that no unplaced block joins are solved apart
  bool nogoods = true;  // what was refuted once is not searched again
};

enum class Fit : std::uint8_t { Fits, Impossible, Unknown };

struct FitResult {
  Fit fit = Fit::Unknown;
  std::vector<std::int64_t> offsets = {};  // of the part's blocks if they fit
  std::int64_t nodes = 0;
};

struct FitLimits {
  std::int64_t max_nodes = 50'000;
  const std::atomic<bool>* cancelled = nullptr;  // ends the search as unknown; may be null
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
};

/// Looks for offsets of the blocks of `part` that leave none above `capacity_bytes`.
///
/// If blocks fit at all they fit when each is as low as those below it allow. So the search takes
/// the lowest section that is not full, and either puts one of its blocks there or closes a hole
/// up to the next height at which one of its blocks could rest on another. A section is refuted if
/// its floor and its unplaced blocks together exceed the capacity.
/// Related: Moffitt, MiniMalloc: a lightweight memory allocator, ASPLOS 2023, which branches over
/// blocks by offset; Lesh et al., Exhaustive approaches to 2D rectangular perfect packings, 2004.
[[nodiscard]] FitResult fit_part(const ArenaPart& part, std::int64_t capacity_bytes,
                                 const ArenaStrategy& strategy, const FitLimits& limits,
                                 const ArenaRules& rules);

}  // namespace tilewright::scheduler
