// SPDX-License-Identifier: Apache-2.0
// An arena problem cut into what the exact search works on: parts in time that share no block, each
// a row of sections. A section stands for a step; steps that ask for less than a neighbour are left
// out.
//
//   section    0   1   2  |  3   4
//            +---+---+    |+---+---+
//            | a     |    || d |
//            +---+---+---+|+---+---+
//                | b | c ||| e     |      part 0: a b c, part 1: d e
//                +---+---+|+---+---+
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/arena/arena_blocks.h"

namespace tilewright::scheduler {

/// A block in one section.
struct SectionBlock {
  std::int32_t block = 0;  // position in ArenaPart::blocks
  std::int64_t bytes = 0;

  bool operator==(const SectionBlock&) const = default;
};

struct PartBlock {
  std::size_t source = 0;  // position in ArenaProblem::blocks
  std::int32_t first_section = 0;
  std::vector<std::int64_t> bytes;  // by section from the first; never empty
  std::int64_t max_bytes = 0;
  std::optional<std::int64_t> pinned_offset = std::nullopt;
  std::vector<std::int32_t> neighbours = {};  // blocks of the part that live at the same time
};

struct ArenaPart {
  std::int64_t alignment_bytes = 1;
  std::vector<PartBlock> blocks;
  std::vector<std::vector<SectionBlock>> sections;
  std::int64_t load_bytes = 0;  // no arena of the part is smaller
};

/// Whether the parts are small enough to be listed and searched.
[[nodiscard]] bool has_parts(const ArenaProblem& arena);

/// The parts of `arena`, from first to last. Blocks without bytes are in none.
[[nodiscard]] std::vector<ArenaPart> arena_parts(const ArenaProblem& arena);

}  // namespace tilewright::scheduler
