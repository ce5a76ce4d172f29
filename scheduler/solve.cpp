// SPDX-License-Identifier: Apache-2.0
#include "scheduler/solve.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "scheduler/arena/arena_plan.h"
#include "scheduler/arena/arena_tflite.h"
#include "scheduler/cost.h"
#include "scheduler/order/order_search.h"
#include "scheduler/validate.h"

namespace tilewright::scheduler {
namespace {

std::vector<OpId> op_ids(const std::vector<std::int32_t>& order) {
  std::vector<OpId> ids;
  for (const std::int32_t op : order)
    ids.push_back(op_id(static_cast<std::size_t>(op)));
  return ids;
}

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

void add_order(const OrderResult& found, Solution& solution) {
  solution.peak_lower_bound_bytes = found.lower_bound_bytes;
  solution.order_status = found.status;
  solution.order_states = found.states;
}

void add_arena(ArenaPlan plan, std::vector<OpId> order, Solution& solution) {
  solution.order = std::move(order);
  solution.offsets = std::move(plan.offsets);
  solution.scratch_offsets = std::move(plan.scratch_offsets);
  solution.in_place_used = std::move(plan.in_place_used);
  solution.peak_bytes = plan.peak_bytes;
  solution.arena_bytes = plan.arena_bytes;
  solution.arena_lower_bound_bytes = plan.lower_bound_bytes;
  solution.arena_nodes = plan.nodes;
}

void add_proofs(const Problem& problem, Solution& solution) {
  solution.order_proven_optimal = solution.peak_bytes == solution.peak_lower_bound_bytes;
  solution.arena_proven_optimal = solution.arena_bytes == solution.arena_lower_bound_bytes;
  solution.jointly_optimal = solution.arena_bytes == solution.peak_lower_bound_bytes;
  solution.fits_memory_limit =
      !problem.memory_limit_bytes || solution.arena_bytes <= *problem.memory_limit_bytes;
}

/// Names the storages alive in the fullest step of `order`.
std::string peak_storages(const Problem& problem, const Dependencies& lists,
                          const Solution& solution) {
  const std::vector<Lifetime> lives = lifetimes(problem, lists, solution.order);
  const std::vector<std::int64_t> bytes =
      step_bytes(problem, lives, solution.order, solution.in_place_used);
  const auto fullest = std::max_element(bytes.begin(), bytes.end()) - bytes.begin();
  std::string names;
  for (std::size_t i = 0; i < lives.size(); ++i) {
    if (fullest < lives[i].begin || fullest >= lives[i].end) continue;
    names += names.empty() ? "" : ", ";
    names += "'" + problem.storages[i].name + "' " +
             std::to_string(aligned_bytes(problem, storage_id(i)));
  }
  return names;
}

Status check_limit(const Problem& problem, const Dependencies& lists, const Solution& solution) {
  if (!problem.memory_limit_bytes) return ok();
  const std::int64_t limit_bytes = *problem.memory_limit_bytes;
  if (solution.peak_lower_bound_bytes <= limit_bytes) return ok();
  return Error{
      ErrorCode::Infeasible,
      "memory_limit: expected a plan within " + std::to_string(limit_bytes) +
          " bytes, got a proven minimum of " + std::to_string(solution.peak_lower_bound_bytes) +
          "; alive at the peak of the best order: " + peak_storages(problem, lists, solution)};
}

}  // namespace

Result<Solution> solve(const Problem& problem, const SolveOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_problem(problem));
  const auto start = Clock::now();
  const Dependencies lists = dependencies(problem);
  const std::vector<OpId> serialized = serialized_order(problem, lists);
  Solution solution;
  add_baselines(problem, lists, serialized, solution);
  const OrderLimits limits = order_limits(options, start);
  const OrderResult found =
      find_order(order_graph(problem, lists), positions(serialized), limits, options.order_rules);
  add_order(found, solution);
  std::vector<OpId> order = op_ids(found.order);
  ArenaPlan plan = plan_arena(problem, lists, order);
  add_arena(std::move(plan), std::move(order), solution);
  add_proofs(problem, solution);
  TILEWRIGHT_RETURN_IF_ERROR(check_limit(problem, lists, solution));
  const std::chrono::duration<double, std::milli> elapsed = Clock::now() - start;
  solution.solve_ms = elapsed.count();
  TILEWRIGHT_RETURN_IF_ERROR(validate(problem, solution));
  return solution;
}

}  // namespace tilewright::scheduler
