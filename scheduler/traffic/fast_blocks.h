// SPDX-License-Identifier: Apache-2.0
// The fast bank over time as an arena problem: a storage is a block as long as it keeps something.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/arena/arena_blocks.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {

/// `bytes` of a storage in the moments [begin, end), in block `block` of the arena.
struct FastStay {
  StorageId storage{};
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t bytes = 0;
  std::size_t block = 0;
  std::int64_t carried_bytes = 0;  // that were there in the moment before
};

struct FastBlocks {
  ArenaProblem arena;           // its steps are moments
  std::vector<FastStay> stays;  // by storage, then by time
};

/// Which storages may have another offset after each use, and before the next one. A storage of
/// which a part stays must else grow again where it lies, which can cost room.
enum class Moving : std::uint8_t { None, PartlyKept };

/// Whether what is loaded has its place one moment earlier where there is room, so that it can be
/// loaded while the op before runs.
enum class Ahead : std::uint8_t { No, Yes };

[[nodiscard]] FastBlocks fast_blocks(const Problem& problem, const Timeline& line,
                                     std::span<const OpId> order, const KeptUnits& kept,
                                     Moving moving, Ahead ahead = Ahead::No);

}  // namespace tilewright::scheduler
