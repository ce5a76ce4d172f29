// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_order.h"

#include <string>

#include "scheduler/traffic/validate_traffic.h"

namespace tilewright::scheduler {

Status check_traffic_problem(const Problem& problem) {
  TILEWRIGHT_RETURN_IF_ERROR(check_problem(problem));
  if (problem.banks.size() >= 2) return ok();
  return Error{ErrorCode::InvalidArgument, "banks: expected a fast and an external memory, got " +
                                               std::to_string(problem.banks.size())};
}

void set_traffic_status(TrafficSolution& solution) {
  solution.status = solution.total_bytes() == solution.lower_bound_bytes ? TrafficStatus::Optimal
                                                                         : TrafficStatus::Bounded;
}

Result<TrafficSolution> solve_traffic_order(const Problem& problem, std::span<const OpId> order,
                                            const TrafficOrderOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_traffic_problem(problem));
  TILEWRIGHT_TRY(const Timeline line, timeline(problem, dependencies(problem), order));
  const ResidencyChoice residency = best_residency(line, options.residency);
  TrafficSolution solution = traffic_plan(problem, line, order, residency.kept, options.placement);
  solution.lower_bound_bytes = solution.weights.compulsory + solution.activations.compulsory;
  solution.order_lower_bound_bytes =
      solution.lower_bound_bytes + residency.lower_bound_units * line.unit_bytes;
  set_traffic_status(solution);
  TILEWRIGHT_RETURN_IF_ERROR(validate_traffic(problem, solution));
  return solution;
}

}  // namespace tilewright::scheduler
