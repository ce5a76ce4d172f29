// SPDX-License-Identifier: Apache-2.0
// Traffic plans as JSON text; docs/planning.md names the keys.
#pragma once

#include <string>

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

/// `solution` as one JSON object. Equal solutions give equal bytes.
[[nodiscard]] std::string write_traffic(const Problem& problem, const TrafficSolution& solution);

}  // namespace tilewright::scheduler
