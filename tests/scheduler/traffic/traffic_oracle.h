// SPDX-License-Identifier: Apache-2.0
// The least traffic of tiny problems by exhaustion, straight from docs/problem_format.md;
// independent of scheduler/.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// Least units read and written, over every choice of what is kept, dropped, written out and
/// loaded, one unit at a time; of `order` alone if given, else over all orders. None if no plan
/// fits. All sizes of `problem` must be multiples of its alignment, and a handful of units.
[[nodiscard]] std::optional<std::int64_t> least_traffic_units(
    const Problem& problem, const std::optional<std::vector<OpId>>& order);

}  // namespace tilewright::scheduler
