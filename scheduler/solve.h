// SPDX-License-Identifier: Apache-2.0
// The front door of the planner: from a problem to a checked solution.
#pragma once

#include <cstdint>

#include "tilewright/status.h"

#include "scheduler/arena/arena_search.h"
#include "scheduler/order/order_exact.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

/// Effort is counted in states, nodes and bytes, so that every machine gives the same plan.
struct SolveOptions {
  std::int64_t max_order_states = 100'000;
  std::int64_t max_table_bytes = std::int64_t{32} << 20;  // of the order search
  std::int64_t max_arena_nodes = 50'000;  // for the first order; a quarter for each other
  int max_other_orders = 8;  // further optimal orders tried if the arena exceeds the peak
  int arena_threads = 1;     // the plan does not depend on their number
  // Wall-clock limit of the searches, 0 for none. Plans are reproducible only without it.
  double deadline_ms = 0;
  // All on; tests switch them off one by one.
  OrderRules order_rules = {};
  ArenaRules arena_rules = {};
};

/// Orders the ops for least peak memory and places the storages in the smallest arena, each proven
/// within the limits of `options` or given with its lower bound. Every solution passes `validate`.
/// Thread safe; allocates up to `max_table_bytes` and a small multiple of the problem's size.
/// Errors: those of `check_problem`; Infeasible if no plan fits into `memory_limit_bytes`, with the
/// proven minimum and the storages alive at the peak.
[[nodiscard]] Result<Solution> solve(const Problem& problem, const SolveOptions& options = {});

}  // namespace tilewright::scheduler
