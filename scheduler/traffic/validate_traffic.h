// SPDX-License-Identifier: Apache-2.0
// The judge of traffic plans: whether one keeps what it says. Shares no code with any solver.
#pragma once

#include "tilewright/status.h"

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

/// Replays `solution` step by step: it follows which bytes of each storage are valid in fast memory
/// and which outside, moves what the transfers say, and checks that every op finds its operands,
/// that outputs end where they must, that nothing overlaps or exceeds the bank, that in steady
/// state the next run begins as this one did, and that all byte counts are what is claimed.
/// `problem` must pass `check_problem` and have at least two banks.
/// Errors: InvalidArgument names the step, the storage and the broken rule.
[[nodiscard]] Status validate_traffic(const Problem& problem, const TrafficSolution& solution);

}  // namespace tilewright::scheduler
