// SPDX-License-Identifier: Apache-2.0
// In which order an arena search tries things: it decides nothing but how soon an answer is found.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/arena/arena_parts.h"

namespace tilewright::scheduler {

/// Which blocks are tried first.
enum class BlockOrder : std::uint8_t { Widest, FullestSection, LargestArea, Highest };

/// Which of the lowest sections is decided next. All but the first take those with at most one
/// choice left before any other.
enum class SectionChoice : std::uint8_t {
  FewestChoices,
  FewestChoicesThenLeastSlack,
  FirstBlock,  // the section that holds the block tried first
  LeastSlack,
  FirstBlockPerChoice,
  FewestChoicesThenMostLeft,
  FewestChoicesThenMostBlocks,
};

struct ArenaStrategy {
  BlockOrder blocks{};
  SectionChoice sections{};
  std::uint32_t seed = 0;  // other than 0: block order is disturbed at random
};

/// The strategy of one run out of many: all combinations of the orders first, then disturbed ones.
[[nodiscard]] ArenaStrategy arena_strategy(std::uint32_t run);

/// Rank of each block of `part`, 0 for the one tried first.
[[nodiscard]] std::vector<std::int32_t> block_ranks(const ArenaPart& part,
                                                    const ArenaStrategy& strategy);

/// What a section looks like when one has to be chosen.
struct SectionView {
  std::int32_t choices = 0;
  std::int32_t first_rank = 0;  // of the block tried first
  std::int64_t slack_bytes = 0;
  std::int64_t left_bytes = 0;  // of unplaced blocks
  std::size_t blocks = 0;
};

/// The lower, the sooner the section is decided; `capacity_bytes` scales sizes.
[[nodiscard]] double section_key(SectionChoice choice, const SectionView& view,
                                 std::int64_t capacity_bytes);

}  // namespace tilewright::scheduler
