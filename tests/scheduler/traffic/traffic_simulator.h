// SPDX-License-Identifier: Apache-2.0
// Runs a traffic plan event by event: an op engine and a DMA engine that look, byte by byte,
// whether their next piece of work may start. Shares no code with the planner's timing.
#pragma once

#include <vector>

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

struct SimulatedRun {
  double total_us = 0;
  double stall_us = 0;  // time in which no op computes
};

/// `queue` holds the positions of all transfers in the order in which the DMA engine takes them.
[[nodiscard]] SimulatedRun simulate_traffic(const Problem& problem, const TrafficSolution& solution,
                                            const std::vector<std::size_t>& queue);

}  // namespace tilewright::scheduler
