// SPDX-License-Identifier: Apache-2.0
// Ways to run a program: which kernel each op takes and which ops run in strips, with the exact
// plan of both, its time, and how well that is known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "tilewright/compile.h"

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/strip_choice.h"
#include "scheduler/options/op_options.h"

namespace tilewright {

/// The time of a plan, as far as it is known.
struct PlanTime {
  double seconds = 0;   // of all kernels of an inference; ops in strips that were never measured
                        // count as one after the other
  std::size_t ops = 0;  // each for itself, in strips or not
  std::size_t measured_ops = 0;  // whose part of it was measured; that of the others is analytic
  std::size_t strip_ops = 0;
  std::size_t unmeasured_strip_ops = 0;
  std::int64_t unmeasured_strip_calls = 0;  // of their kernels: lower strips need more
};

/// A way to run a program, with its exact plan.
struct MemoryWay {
  std::vector<KernelChoice> choices;  // one per op of the program
  std::vector<StripGroup> groups;
  PlanTime time;
  double least_seconds = 0;     // within the same arena no kernels of ops outside strips take less
  bool proven_fastest = false;  // `time.seconds` is that
  std::size_t slower_kernels = 0;  // ops whose kernel is not the fastest one
  scheduler::Solution solution;    // of the program with `groups` fused
};

/// The program to run, and what tuning chose where memory is no matter. All outlive the search.
struct WaySource {
  const Program& program;
  const TunedKernels& kernels;
  const StripChoice& strips;
  const CompileOptions& options;
};

/// Ops in strips, and the kernels they take there.
struct Grouping {
  std::vector<KernelChoice> choices;  // one per op of the program
  std::vector<StripGroup> groups;
};

/// For each op its kernel of least scratch, of equal ones the fastest, among those that take at
/// most `most_slowdown` times the time of the fastest.
[[nodiscard]] std::vector<KernelChoice> least_scratch_kernels(
    const WaySource& source, double most_slowdown = std::numeric_limits<double>::infinity());

/// The time of the program with these kernels and groups.
[[nodiscard]] PlanTime time_of(const WaySource& source, const Grouping& grouping);

/// A grouping as the planner sees it: its groups are fused, other ops may take any kernel.
struct GroupedProblem {
  Grouping grouping;
  std::vector<std::size_t> op_of;  // of the program, per op of the problem; of a group its last
  std::vector<bool> is_group;      // per op of the problem
  scheduler::Problem problem;      // with the kernels of `grouping`, without a limit
  scheduler::OpOptions options;    // a group has one
};
[[nodiscard]] GroupedProblem grouped_problem(const WaySource& source, Grouping grouping);

/// The fastest kernels outside the groups whose plan is within `limit_bytes`; none if no such plan
/// was found.
[[nodiscard]] Result<std::optional<MemoryWay>> fastest_way(const WaySource& source,
                                                           const GroupedProblem& grouped,
                                                           std::int64_t limit_bytes);

/// All kernels outside the groups that are worth having, within `options.memory_limit_bytes`, from
/// least time to least memory; none if nothing was found to fit.
[[nodiscard]] Result<std::vector<MemoryWay>> ways_of_grouping(const WaySource& source,
                                                              Grouping grouping);

}  // namespace tilewright
