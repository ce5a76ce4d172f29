// SPDX-License-Identifier: Apache-2.0
// The choices of in-place pairs under one order.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "scheduler/cost.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

/// Of `best`, the pairs of those steps that would need more than `peak_bytes` without them.
[[nodiscard]] std::vector<InPlaceUse> needed_pairs(const Problem& problem,
                                                   std::span<const Lifetime> lifetimes,
                                                   std::span<const OpId> order,
                                                   std::span<const InPlaceUse> best,
                                                   std::int64_t peak_bytes);

/// Every set of pairs of `usable` in which no op has a storage twice, the empty one included;
/// nothing if there are more than `max_choices`.
[[nodiscard]] std::optional<std::vector<std::vector<InPlaceUse>>> all_choices(
    std::span<const InPlaceUse> usable, std::size_t max_choices);

}  // namespace tilewright::scheduler
