// SPDX-License-Identifier: Apache-2.0
// From kept units to a plan: addresses in the fast bank, pieces, transfers and what they cost.
#pragma once

#include <cstdint>
#include <span>

#include "scheduler/traffic/timeline.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

struct PlacementLimits {
  std::int64_t max_arena_nodes = 20'000;  // below 0: no arena search, storages move at need
};

/// The plan that `kept` asks for in `order`, with addresses in the fast bank. Places that last come
/// from the arena search; if it finds none, storages move inside fast memory, so that everything
/// that fits has a place and nothing kept is given up. The bounds of the plan are left at 0.
[[nodiscard]] TrafficSolution traffic_plan(const Problem& problem, const Timeline& line,
                                           std::span<const OpId> order, const KeptUnits& kept,
                                           const PlacementLimits& limits = {});

}  // namespace tilewright::scheduler
