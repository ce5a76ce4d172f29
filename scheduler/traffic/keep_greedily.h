// SPDX-License-Identifier: Apache-2.0
// Repairs and fills a choice of kept units: what remains when fractions have been rounded.
#pragma once

#include <span>
#include <vector>

#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {

/// Gives up bytes of `gaps`, from the last, until nothing exceeds the room.
void make_fit(const Timeline& line, std::span<const std::size_t> gaps, KeptUnits& kept);

/// Raises each of `gaps` by all that fits: dirty and short ones first.
void keep_greedily(const Timeline& line, std::span<const std::size_t> gaps, KeptUnits& kept);

}  // namespace tilewright::scheduler
