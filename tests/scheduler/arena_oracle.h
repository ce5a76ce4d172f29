// SPDX-License-Identifier: Apache-2.0
// The smallest arena by exhaustion; independent of scheduler/arena/.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// Bytes by step; 0 where the block does not live.
using BlockShape = std::vector<std::int64_t>;

/// The least height over all sequences of placements, each block at the lowest multiple of
/// `alignment_bytes` that is free. For at most eight or so blocks.
[[nodiscard]] std::int64_t least_height(const std::vector<BlockShape>& blocks,
                                        std::int64_t alignment_bytes);

/// The smallest arena of `order`, over every choice of in-place pairs.
[[nodiscard]] std::int64_t least_arena_bytes(const Problem& problem,
                                             const std::vector<OpId>& order);

/// Storages and scratches that would be placed.
[[nodiscard]] int count_blocks(const Problem& problem);

}  // namespace tilewright::scheduler
