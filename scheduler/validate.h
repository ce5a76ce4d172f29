// SPDX-License-Identifier: Apache-2.0
// The judge: whether a solution keeps what it says. Shares no code with any solver.
#pragma once

#include "tilewright/status.h"

#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

/// Replays `solution` step by step: the order runs every op once and after all it waits for;
/// exactly the living storages and the scratch in use have offsets, which are aligned and inside
/// the arena; no two things alive in the same step overlap, unless they are a permitted in-place
/// pair at one offset whose conditions hold; peak, arena and bounds are what is claimed.
/// `problem` must pass `check_problem`. O(steps * living^2).
/// Errors: InvalidArgument names the step, the storages and the broken rule.
[[nodiscard]] Status validate(const Problem& problem, const Solution& solution);

}  // namespace tilewright::scheduler
