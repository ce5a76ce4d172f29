// SPDX-License-Identifier: Apache-2.0
// Arena problems as tables: the CSV form of minimalloc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tilewright/status.h"

#include "scheduler/arena/arena_blocks.h"

namespace tilewright::scheduler {

struct ArenaFile {
  std::vector<std::string> ids;  // of the blocks
  ArenaProblem arena;            // alignment 1; steps are the different times of the file
};

/// Reads a table with a line of column names and one line per block: `id,lower,upper,size`, in any
/// order, and `offset` if blocks are pinned (-1: not pinned). A block lives from time `lower` to
/// before `upper`. Ids are any text without a comma.
/// Errors: InvalidModel names the line; ResourceExhausted for more than `kMaxStorages` blocks.
[[nodiscard]] Result<ArenaFile> read_arena_csv(std::string_view text);

/// Whether `offsets`, one per block, keep the blocks aligned, pinned ones in place, and apart from
/// each other below `arena_bytes`. Shares no code with any solver. O(blocks^2).
/// Errors: InvalidArgument names the blocks by position.
[[nodiscard]] Status validate_arena(const ArenaProblem& arena,
                                    const std::vector<std::int64_t>& offsets,
                                    std::int64_t arena_bytes);

}  // namespace tilewright::scheduler
