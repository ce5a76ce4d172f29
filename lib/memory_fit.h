// SPDX-License-Identifier: Apache-2.0
// A memory limit, kept by kernels and strips together; what it costs; and what is known where
// nothing keeps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tilewright/compile.h"

#include "lib/memory_way.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright {

/// What a memory limit cost, and whether less time is possible within it.
struct MemoryFit {
  PlanTime time;
  PlanTime free_time;           // without a limit
  double least_seconds = 0;     // as in MemoryWay
  bool proven_fastest = false;  // likewise
  std::size_t slower_kernels = 0;
};

/// The fastest way that was found to keep `limit_bytes`. Exact is the memory of its plan, and that
/// no kernels in the same strips are faster, where it says so; which ops run in strips is a guess,
/// as their time is mostly unknown:
///
///   1. the groups that were chosen, or every op a step of its own, whichever is faster with the
///      kernels that fit; with Fusion::Memory the former if it fits;
///   2. else, where fusion is allowed, groups made for memory (`memory_groups`): of the fastest
///      kernels and of those of least scratch, for lower and lower targets. Ops outside take the
///      fastest kernels that fit.
///
/// Errors: Infeasible or ResourceExhausted, by `limit_error`; those of the planner.
[[nodiscard]] Result<MemoryWay> fit_memory(const WaySource& source, std::int64_t limit_bytes);

/// Why no plan keeps `limit_bytes`. `apart` solves the `problem` of least scratch with every op a
/// step of its own: Infeasible if its lower bound is above the limit, which is proven for plans
/// without strips alone; else ResourceExhausted. `strips_bytes` is the least arena found in strips,
/// if that is less.
[[nodiscard]] Error limit_error(const scheduler::Problem& problem, const scheduler::Solution& apart,
                                std::int64_t limit_bytes, std::optional<std::int64_t> strips_bytes);

/// What each byte of memory buys, from least time to least memory: plans that keep lower and lower
/// limits, as `fit_memory` finds them, without those that another one beats in memory, time and
/// calls in strips that were never measured. Each point is an exact plan; that there are no others
/// is proven only among kernels in the same strips. Times are those that the tuning cache and
/// `options.tuning` give, else the analytic ones. Errors: those of `compile`.
[[nodiscard]] Result<std::vector<MemoryWay>> latency_memory_curve(const Model& model,
                                                                  const CompileOptions& options);

}  // namespace tilewright
