// SPDX-License-Identifier: Apache-2.0
// Groups that cost no time are offered to the planner: measurement decides what gains time, the
// planner what else is fused.
#pragma once

#include <cstddef>
#include <vector>

#include "tilewright/status.h"

#include "lib/scheduling_problem.h"
#include "lib/strip_groups.h"

namespace tilewright {

/// A part of a chain that takes no longer in strips than its ops apart, as far as is known.
struct OfferedGroup {
  StripGroup group;
  double saved_seconds = 0;  // 0: it takes as long, or what it gains is too little to be sure of
};

/// Disjoint ones of `offered`, parts of `chains`. Of each chain those that save most time; of all
/// that save as much, those of the smallest arena that was found: ways to cut chains are tried from
/// the one of fewest ops in strips on, each time with less for the greediest step, then all ways of
/// each chain; each by an exact plan, 64 at most. Of equal arenas those of fewest ops in strips.
/// Errors: those of the planner.
[[nodiscard]] Result<std::vector<StripGroup>> take_offered(
    const Program& program, const std::vector<KernelChoice>& choices,
    const std::vector<std::vector<std::size_t>>& chains, const std::vector<OfferedGroup>& offered,
    const ProblemOptions& options);

}  // namespace tilewright
