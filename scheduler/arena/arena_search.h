// SPDX-License-Identifier: Apache-2.0
// Does a part of an arena fit into a given number of bytes? A complete search.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/arena/arena_parts.h"

namespace tilewright::scheduler {

/// Each rule only saves work: with any of them off the answer is the same.
struct ArenaRules {
  bool floors = true;     // sections start where their lowest unplaced block can
  bool dominance = true;  // nothing is placed above where another block would fit below it
  bool hatless = true;    // a block with nothing left above it has one place to try
  bool twins = true;      // equal blocks are placed in one order
};

/// Which blocks are tried first among those that can lie equally low, larger before smaller.
enum class BlockOrder : std::uint8_t { WidthAreaTotal, TotalAreaWidth, TotalWidthArea };
inline constexpr BlockOrder kBlockOrders[] = {
    BlockOrder::TotalAreaWidth, BlockOrder::WidthAreaTotal, BlockOrder::TotalWidthArea};

enum class Fit : std::uint8_t { Fits, Impossible, Unknown };

struct FitResult {
  Fit fit = Fit::Unknown;
  std::vector<std::int64_t> offsets;  // of the part's blocks if they fit
  std::int64_t nodes = 0;
};

/// Tries to place the blocks of `part` within `capacity_bytes`; Unknown after `max_nodes`
/// placements. Source: Moffitt, MiniMalloc: A Lightweight Memory Allocator for Hardware-Accelerated
/// Machine Learning, ASPLOS 2023. Differs in blocks whose height changes over time.
[[nodiscard]] FitResult fit_part(const ArenaPart& part, std::int64_t capacity_bytes,
                                 BlockOrder order, std::int64_t max_nodes, const ArenaRules& rules);

}  // namespace tilewright::scheduler
