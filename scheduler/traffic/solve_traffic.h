// SPDX-License-Identifier: Apache-2.0
// The front door of the traffic planner: an order, what stays in fast memory, and a bound.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tilewright/status.h"

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_bound.h"
#include "scheduler/traffic/traffic_order.h"
#include "scheduler/traffic/traffic_search.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

/// Effort is counted in states and orders, so that every machine gives the same plan.
struct TrafficOptions {
  std::int64_t max_order_states = 20'000;  // of the search for an order of least peak
  int max_orders = 8000;                   // tried by exchange of ops, up to 50 per op
  int max_programs = 200;                  // solved for those that may be better
  TrafficSearchLimits search = {};         // over orders and whole storages together
  TrafficBoundOptions bound = {};
  TrafficOrderOptions fixed = {};
};

/// Least external traffic over orders and residencies: known orders first, then small changes of
/// the best, then, for small problems, the complete search. Stops as soon as the bound is reached.
/// Every solution passes `validate_traffic`.
/// Errors: those of `check_traffic_problem`; Infeasible, if the fast bank is too small for an op.
[[nodiscard]] Result<TrafficSolution> solve_traffic(const Problem& problem,
                                                    const TrafficOptions& options = {});

/// External bytes of each of `kTrafficBaselines` on the serialized order, by name.
[[nodiscard]] Result<std::map<std::string, std::int64_t>> traffic_baselines(const Problem& problem);

}  // namespace tilewright::scheduler
