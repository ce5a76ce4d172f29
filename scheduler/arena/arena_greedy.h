// SPDX-License-Identifier: Apache-2.0
// Arenas by placing one block after the other at the lowest free offset, in several orders.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/arena/arena_blocks.h"

namespace tilewright::scheduler {

/// Offsets of the best of a fixed portfolio of orders: by size, area, length of life, begin and
/// load of the fullest step crossed. Stops at an arena of `load_bytes`. O(orders * blocks^2).
[[nodiscard]] std::vector<std::int64_t> place_greedily(const ArenaProblem& arena);

enum class FitRule : std::uint8_t { Lowest, TightestGap };

/// Offsets that result from placing the blocks one by one, in `order`, where `rule` says; pinned
/// blocks, which must come first, at their offsets.
[[nodiscard]] std::vector<std::int64_t> place_in_order(const ArenaProblem& arena,
                                                       const std::vector<std::size_t>& order,
                                                       FitRule rule);

}  // namespace tilewright::scheduler
