// SPDX-License-Identifier: Apache-2.0
// The parts of the judge that need no replay: ids in range, pieces inside the bank, sums and
// claims.
#pragma once

#include <cstdint>

#include "tilewright/status.h"

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

/// What is wrong with a solution: InvalidArgument.
[[nodiscard]] Error wrong_traffic(const std::string& message);

/// The external bank's granule, rounded up to the alignment.
[[nodiscard]] std::int64_t transfer_unit_bytes(const Problem& problem);

/// Errors: InvalidArgument, with the storage or list at fault.
[[nodiscard]] Status check_traffic_shape(const Problem& problem, const TrafficSolution& solution);

/// What a replay has counted.
struct MeasuredTraffic {
  std::int64_t weights_bytes = 0;
  std::int64_t activations_bytes = 0;
  std::int64_t fast_bytes = 0;
  std::int64_t moved_bytes = 0;
};

/// Errors: InvalidArgument if `solution` claims other sums, or bounds and a status at odds with
/// them.
[[nodiscard]] Status check_traffic_claims(const Problem& problem, const TrafficSolution& solution,
                                          const MeasuredTraffic& measured);

}  // namespace tilewright::scheduler
