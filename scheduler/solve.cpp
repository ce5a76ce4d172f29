// SPDX-License-Identifier: Apache-2.0
#include "scheduler/solve.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>

#include "scheduler/arena/arena_plan.h"
#include "scheduler/arena/arena_tflite.h"
#include "scheduler/cost.h"
#include "scheduler/explain.h"
#include "scheduler/order/order_parts.h"
#include "scheduler/order/order_reduce.h"
#include "scheduler/order/order_search.h"
#include "scheduler/pinned.h"
#include "scheduler/validate.h"

namespace tilewright::scheduler {
namespace {

std::vector<std::int32_t> positions(const std::vector<OpId>& order) {
  std::vector<std::int32_t> result;
  for (const OpId id : order)
    result.push_back(static_cast<std::int32_t>(index(id)));
  return result;
}

using Clock = std::chrono::steady_clock;

OrderLimits order_limits(const SolveOptions& options, Clock::time_point start) {
  OrderLimits limits{options.max_order_states, options.max_table_bytes, std::nullopt};
  if (options.deadline_ms > 0) {
    const std::chrono::duration<double, std::milli> allowed(options.deadline_ms);
    limits.deadline = start + std::chrono::duration_cast<Clock::duration>(allowed);
  }
  return limits;
}

void add_baselines(const Problem& problem, const Dependencies& lists,
                   const std::vector<OpId>& serialized, Solution& solution) {
  solution.serialized_order_peak_bytes = peak_bytes(problem, lists, serialized);
  solution.greedy_arena_bytes =
      tflite_arena_bytes(problem, lifetimes(problem, lists, serialized), serialized);
}

/// An order with its arena.
struct Plan {
  std::vector<OpId> order;
  ArenaPlan arena;
};

bool is_better(const ArenaPlan& a, const ArenaPlan& b) {
  return std::tuple(a.arena_bytes, a.peak_bytes) < std::tuple(b.arena_bytes, b.peak_bytes);
}

/// The search of one solve: an order of least peak, then orders of the same peak until the arena of
/// one is no larger than the peak.
class Planner {
 public:
  Planner(const Problem& problem, const Dependencies& lists, const SolveOptions& options,
          Clock::time_point start)
      : problem_(problem),
        lists_(lists),
        options_(options),
        limits_(order_limits(options, start)),
        graph_(order_graph(problem, lists)),
        pinned_end_bytes_(pinned_end_bytes(problem, lists)) {}

  Plan run(const std::vector<OpId>& serialized, Solution& solution) {
    const OrderResult found =
        find_order(graph_, positions(serialized), limits_, options_.order_rules);
    solution.peak_lower_bound_bytes = found.lower_bound_bytes;
    solution.order_status = found.status;
    solution.order_states = found.states;
    least_bytes_ = found.lower_bound_bytes;
    consider(op_ids(found.order), options_.max_arena_nodes);
    if (found.peak_bytes == least_bytes_) try_other_orders(serialized, solution);
    solution.arena_nodes = nodes_;
    return std::move(best_);
  }

 private:
  void try_other_orders(const std::vector<OpId>& serialized, Solution& solution) {
    const std::int64_t nodes = options_.max_arena_nodes / 4;
    if (is_done()) return;
    if (peak_bytes(problem_, lists_, serialized) == least_bytes_) consider(serialized, nodes);
    const ReducedGraph reduced =
        reduce_graph(graph_, positions(serialized),
                     {.joins = options_.order_rules.joins, .twins = options_.order_rules.twins});
    for (int seed = 1; seed <= options_.max_other_orders && !is_done(); ++seed) {
      const OrderDecision other = decide_in_parts(
          reduced.graph, {.budget_bytes = least_bytes_, .seed = static_cast<std::uint64_t>(seed)},
          limits_, options_.order_rules);
      solution.order_states += other.states;
      if (other.verdict != Verdict::Possible) continue;
      consider(op_ids(members_in_order(reduced.graph, other.order)), nodes);
    }
  }

  [[nodiscard]] bool is_done() const {
    return best_.arena.arena_bytes == std::max(least_bytes_, pinned_end_bytes_) ||
           (limits_.deadline && Clock::now() >= *limits_.deadline);
  }

  void consider(std::vector<OpId> order, std::int64_t max_nodes) {
    if (!is_first_ && order == best_.order) return;
    const ArenaLimits limits{max_nodes, limits_.deadline, 0, options_.arena_threads};
    ArenaPlan plan = plan_arena(problem_, lists_, order, limits, options_.arena_rules);
    nodes_ += plan.nodes;
    if (!is_first_ && !is_better(plan, best_.arena)) return;
    is_first_ = false;
    best_ = {std::move(order), std::move(plan)};
  }

  const Problem& problem_;
  const Dependencies& lists_;
  const SolveOptions& options_;
  OrderLimits limits_;
  OrderGraph graph_;
  std::int64_t pinned_end_bytes_ = 0;
  Plan best_;
  bool is_first_ = true;
  std::int64_t least_bytes_ = 0;
  std::int64_t nodes_ = 0;
};

void add_plan(Plan plan, Solution& solution) {
  solution.order = std::move(plan.order);
  solution.offsets = std::move(plan.arena.offsets);
  solution.scratch_offsets = std::move(plan.arena.scratch_offsets);
  solution.in_place_used = std::move(plan.arena.in_place_used);
  solution.peak_bytes = plan.arena.peak_bytes;
  solution.arena_bytes = plan.arena.arena_bytes;
  solution.arena_lower_bound_bytes = plan.arena.lower_bound_bytes;
}

void add_proofs(const Problem& problem, Solution& solution) {
  solution.order_proven_optimal = solution.peak_bytes == solution.peak_lower_bound_bytes;
  // Pairs given up for a smaller arena leave the order above the least peak that was proven.
  if (!solution.order_proven_optimal && solution.order_status != OrderStatus::Heuristic) {
    solution.order_status = OrderStatus::Bounded;
  }
  solution.arena_proven_optimal = solution.arena_bytes == solution.arena_lower_bound_bytes;
  solution.jointly_optimal = solution.arena_bytes == solution.peak_lower_bound_bytes;
  solution.fits_memory_limit =
      !problem.memory_limit_bytes || solution.arena_bytes <= *problem.memory_limit_bytes;
}

Status check_limit(const Problem& problem, const Dependencies& lists, const Solution& solution) {
  if (!problem.memory_limit_bytes) return ok();
  const std::int64_t limit_bytes = *problem.memory_limit_bytes;
  if (const std::int64_t end_bytes = pinned_end_bytes(problem, lists); end_bytes > limit_bytes) {
    return Error{ErrorCode::Infeasible, "memory_limit: expected a plan within " +
                                            std::to_string(limit_bytes) +
                                            " bytes, got a storage whose offset is given up to " +
                                            std::to_string(end_bytes)};
  }
  if (solution.peak_lower_bound_bytes <= limit_bytes) return ok();
  return Error{ErrorCode::Infeasible,
               "memory_limit: expected a plan within " + std::to_string(limit_bytes) +
                   " bytes, got a proven minimum of " +
                   std::to_string(solution.peak_lower_bound_bytes) +
                   "; alive at the peak of the best order: " + peak_text(problem, solution)};
}

}  // namespace

Result<Solution> solve(const Problem& problem, const SolveOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_problem(problem));
  const auto start = Clock::now();
  const Dependencies lists = dependencies(problem);
  const std::vector<OpId> serialized = serialized_order(problem, lists);
  Solution solution;
  add_baselines(problem, lists, serialized, solution);
  add_plan(Planner(problem, lists, options, start).run(serialized, solution), solution);
  add_proofs(problem, solution);
  TILEWRIGHT_RETURN_IF_ERROR(check_limit(problem, lists, solution));
  const std::chrono::duration<double, std::milli> elapsed = Clock::now() - start;
  solution.solve_ms = elapsed.count();
  TILEWRIGHT_RETURN_IF_ERROR(validate(problem, solution));
  return solution;
}

}  // namespace tilewright::scheduler
