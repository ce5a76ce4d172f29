// SPDX-License-Identifier: Apache-2.0
// From kept units to a plan: addresses in the fast bank, pieces, transfers and what they cost.
#pragma once

#include <cstdint>
#include <span>

#include "tilewright/status.h"

#include "scheduler/traffic/residency.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

struct PlacementLimits {
  std::int64_t max_arena_nodes = 20'000;
  int max_attempts = 10;  // with less and less room for what is kept
  int max_pins = 12;      // storages kept from moving because moves wait for each other
};

/// The plan that `kept` asks for in `order`, with addresses in the fast bank. If they are not
/// found, less room is offered to `best_residency`, until nothing is kept, which always fits. The
/// bounds of the plan are left at 0.
[[nodiscard]] TrafficSolution traffic_plan(const Problem& problem, const Timeline& line,
                                           std::span<const OpId> order, KeptUnits kept,
                                           const ResidencyOptions& options,
                                           const PlacementLimits& limits = {});

}  // namespace tilewright::scheduler
