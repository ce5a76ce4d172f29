// SPDX-License-Identifier: Apache-2.0
// The arena problem of one order: blocks that live for a while and need an offset each.
//
//   bytes ^        +-------+            A chain of storages that share bytes in place is one block
//         |  +-----+       |            with a flat bottom and a height that changes by step; the
//         |  |  a  |   b   +-----+      shared step has the greater of both heights.
//         |  |     |       |  c  |
//         +--+-----+-------+-----+--> step
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "scheduler/cost.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

/// The block is `bytes` high in the steps [begin, end).
struct BlockPiece {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t bytes = 0;

  bool operator==(const BlockPiece&) const = default;
};

struct ArenaBlock {
  std::vector<BlockPiece> pieces;                            // adjoining, by step; never empty
  std::vector<StorageId> storages;                           // all at the offset of the block
  std::optional<OpId> scratch_of = std::nullopt;             // set if it is the scratch of this op
  std::optional<std::int64_t> pinned_offset = std::nullopt;  // where it lies, if that is given

  [[nodiscard]] std::int64_t begin() const { return pieces.front().begin; }
  [[nodiscard]] std::int64_t end() const { return pieces.back().end; }
  [[nodiscard]] std::int64_t max_bytes() const;
};

struct ArenaProblem {
  std::int64_t alignment_bytes = 1;
  std::int64_t steps = 1;
  std::vector<ArenaBlock> blocks;
};

/// The blocks of `order`: living storages, chained by the pairs of `used`, and scratch.
[[nodiscard]] ArenaProblem arena_problem(const Problem& problem,
                                         std::span<const Lifetime> lifetimes,
                                         std::span<const OpId> order,
                                         std::span<const InPlaceUse> used);

/// Bytes alive in the fullest step, or the highest end of a pinned block: no arena is smaller.
[[nodiscard]] std::int64_t load_bytes(const ArenaProblem& arena);

/// The end of the highest block when block `i` lies at `offsets[i]`.
[[nodiscard]] std::int64_t arena_height(const ArenaProblem& arena,
                                        std::span<const std::int64_t> offsets);

}  // namespace tilewright::scheduler
