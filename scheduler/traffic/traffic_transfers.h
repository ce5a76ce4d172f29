// SPDX-License-Identifier: Apache-2.0
// The transfers that a choice of kept units asks for.
#pragma once

#include <vector>

#include "scheduler/traffic/timeline.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

/// By step, and in a step in the order of `Transfer`; equal ones keep their order.
void sort_transfers(std::vector<Transfer>& transfers);

/// Sorted. Bytes are loaded just before the use that needs them and stored as soon as they are no
/// longer kept.
[[nodiscard]] std::vector<Transfer> traffic_transfers(const Timeline& line, const KeptUnits& kept);

}  // namespace tilewright::scheduler
