// SPDX-License-Identifier: Apache-2.0
// Ops that can be run in several ways, faster ones with more scratch, and the fastest choice whose
// exact plan fits into a memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tilewright/status.h"

#include "scheduler/problem.h"
#include "scheduler/solution.h"
#include "scheduler/solve.h"

namespace tilewright::scheduler {

/// One way to run an op.
struct OpOption {
  double seconds = 0;
  std::int64_t scratch_bytes = 0;

  bool operator==(const OpOption&) const = default;
};

/// The options of each op of a problem, in its order.
using OpOptions = std::vector<std::vector<OpOption>>;

/// Effort is counted in plans, so that every machine makes the same choice.
struct OptionLimits {
  std::int64_t max_plans = 2000;
  std::size_t max_points = 64;  // of a curve
  SolveOptions solve = {};
};

/// One option for each op, with the exact plan of them all.
struct OptionChoice {
  std::vector<std::size_t> picks;  // a position in the op's options
  double seconds = 0;              // of all ops
  double least_seconds = 0;        // no choice within the limit takes less
  bool proven_fastest = false;     // `seconds` is the least there is within the limit
  Solution solution;               // of the problem with the scratch of `picks`
  std::int64_t plans = 0;          // made to find it
};

/// Writes the scratch of `picks` into `problem`.
void apply_options(const OpOptions& options, const std::vector<std::size_t>& picks,
                   Problem& problem);

/// The positions of the options of an op that no other one beats in both time and scratch, from
/// least scratch to least time; of equal ones the first. Not empty if `options` is not.
[[nodiscard]] std::vector<std::size_t> pareto_options(const std::vector<OpOption>& options);

/// The choice of least time whose arena is within `problem.memory_limit_bytes`; without a limit the
/// fastest of each op, by one plan. `problem.ops[i].scratch_bytes` is ignored.
///
/// Less scratch never needs a larger arena (the same order and addresses do), so that a choice that
/// is proven not to fit rules out all that have at least its scratch in every op. Choices are tried
/// from the fastest on; each that fails is shrunk to the ops that make it fail (QuickXplain: U.
/// Junker, AAAI 2004), and one of them must take less.
///
/// Errors: InvalidArgument if an op has no option or a time is not finite; those of `solve`:
/// Infeasible if not even the least scratch of all ops fits. If neither a plan that fits nor a
/// proof that there is none was found, the choice of least scratch comes back and its solution says
/// so.
[[nodiscard]] Result<OptionChoice> fastest_within_limit(const Problem& problem,
                                                        const OpOptions& options,
                                                        const OptionLimits& limits = {});

/// All choices worth having: each is the fastest within its own arena, the first has least time,
/// the last least memory. `max_plans` is for the whole curve; where it or `max_points` ends the
/// search, the choice of least memory follows at once. `problem.memory_limit_bytes` leaves out what
/// needs more. Errors: those of `fastest_within_limit`.
[[nodiscard]] Result<std::vector<OptionChoice>> latency_memory_curve(
    const Problem& problem, const OpOptions& options, const OptionLimits& limits = {});

}  // namespace tilewright::scheduler
