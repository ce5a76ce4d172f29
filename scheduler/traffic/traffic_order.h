// SPDX-License-Identifier: Apache-2.0
// Least traffic of a given order.
#pragma once

#include <span>

#include "tilewright/status.h"

#include "scheduler/problem.h"
#include "scheduler/traffic/residency.h"
#include "scheduler/traffic/traffic_plan.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

struct TrafficOrderOptions {
  ResidencyOptions residency = {};
  PlacementLimits placement = {};
};

/// Whether `problem` has what traffic planning needs. Errors: those of `check_problem`;
/// InvalidArgument without two banks.
[[nodiscard]] Status check_traffic_problem(const Problem& problem);

/// Least traffic of `order`, a topological order of all ops, with addresses. The bound of the
/// order says how far from the least the plan may be: rounding and addresses can cost some bytes.
/// The bound over all orders is that of compulsory traffic alone.
/// Errors: those of `check_traffic_problem`; Infeasible if the fast bank is too small for an op.
[[nodiscard]] Result<TrafficSolution> solve_traffic_order(const Problem& problem,
                                                          std::span<const OpId> order,
                                                          const TrafficOrderOptions& options = {});

/// Sets the status of `solution` from its bytes and bounds.
void set_traffic_status(TrafficSolution& solution);

}  // namespace tilewright::scheduler
