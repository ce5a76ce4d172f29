// SPDX-License-Identifier: Apache-2.0
#include "lib/memory_way.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/kernel.h"
#include "lib/kernel_memory.h"
#include "lib/scheduling_problem.h"

namespace tilewright {
namespace {

bool is_fastest(const WaySource& source, const std::vector<KernelChoice>& choices, std::size_t op) {
  return candidate_name(choices[op]) == candidate_name(source.kernels.choices[op]);
}

/// What was measured of a group by the kernels it takes; null if nothing was.
const StripOutcome* measured(const WaySource& source, const Grouping& grouping,
                             const StripGroup& group) {
  for (const StripOutcome& outcome : source.strips.outcomes) {
    const auto is_known = [&](std::size_t op) { return is_fastest(source, grouping.choices, op); };
    if (outcome.group == group && outcome.source != ChoiceSource::Analytic)
      return std::ranges::all_of(group.ops, is_known) ? &outcome : nullptr;
  }
  return nullptr;
}

/// Of ways worth a choice the first, which has least scratch, that is fast enough.
std::size_t least_scratch_within(const std::vector<scheduler::OpOption>& ways,
                                 double most_slowdown) {
  const std::vector<std::size_t> ranks = scheduler::pareto_options(ways);
  const double most_seconds = most_slowdown * ways[ranks.back()].seconds;
  return *std::ranges::find_if(ranks,
                               [&](std::size_t i) { return ways[i].seconds <= most_seconds; });
}

double group_seconds(const WaySource& source, const Grouping& grouping, const StripGroup& group) {
  double seconds = 0;
  for (const std::size_t op : group.ops)
    seconds += std::exp(grouping.choices[op].log_seconds);
  const StripOutcome* outcome = measured(source, grouping, group);
  return outcome == nullptr ? seconds : seconds / (1 + outcome->gain);
}

std::int64_t strip_count(const WaySource& source, const StripGroup& group) {
  const std::int64_t rows = kernels::row_count(source.program.ops[group.ops.back()].dst.spec.shape);
  return (rows + group.strip_rows - 1) / group.strip_rows;
}

/// Per op of the program the group it is in; null outside.
std::vector<const StripGroup*> group_of_op(const WaySource& source, const Grouping& grouping) {
  std::vector<const StripGroup*> result(source.program.ops.size(), nullptr);
  for (const StripGroup& group : grouping.groups) {
    for (const std::size_t op : group.ops)
      result[op] = &group;
  }
  return result;
}

MemoryWay way_of(const WaySource& source, const GroupedProblem& grouped,
                 scheduler::OptionChoice choice) {
  const KernelLayers& layers = source.kernels.layers;
  Grouping picked = grouped.grouping;
  for (std::size_t i = 0; i < choice.picks.size(); ++i) {
    const std::size_t op = grouped.op_of[i];
    if (grouped.is_group[i]) continue;
    picked.choices[op] = layers.layers[layers.layer_of_op[op]].candidates[choice.picks[i]];
  }
  MemoryWay way{.choices = {},
                .groups = picked.groups,
                .time = time_of(source, picked),
                .least_seconds = choice.least_seconds,
                .proven_fastest = choice.proven_fastest,
                .slower_kernels = count_differences(picked.choices, source.kernels.choices),
                .solution = std::move(choice.solution)};
  way.choices = std::move(picked.choices);
  return way;
}

}  // namespace

std::vector<KernelChoice> least_scratch_kernels(const WaySource& source, double most_slowdown) {
  const KernelLayers& layers = source.kernels.layers;
  std::vector<std::size_t> picks;
  for (const auto& ways : kernel_options(source.program, layers, source.options.threads))
    picks.push_back(least_scratch_within(ways, most_slowdown));
  return picked_kernels(layers, picks);
}

PlanTime time_of(const WaySource& source, const Grouping& grouping) {
  const TunedKernels& kernels = source.kernels;
  PlanTime time{.ops = source.program.ops.size()};
  const std::vector<const StripGroup*> groups = group_of_op(source, grouping);
  for (std::size_t op = 0; op < groups.size(); ++op) {
    const StripGroup* group = groups[op];
    if (group == nullptr) {
      time.seconds += std::exp(grouping.choices[op].log_seconds);
      const ChoiceSource from = kernels.report.layers[kernels.layers.layer_of_op[op]].source;
      const bool is_known = from == ChoiceSource::Cache || from == ChoiceSource::Tuned;
      time.measured_ops += is_known && is_fastest(source, grouping.choices, op) ? 1 : 0;
      continue;
    }
    ++time.strip_ops;
    if (op == group->ops.back()) time.seconds += group_seconds(source, grouping, *group);
    if (measured(source, grouping, *group) != nullptr) {
      ++time.measured_ops;
    } else {
      ++time.unmeasured_strip_ops;
      time.unmeasured_strip_calls += strip_count(source, *group);
    }
  }
  return time;
}

GroupedProblem grouped_problem(const WaySource& source, Grouping grouping) {
  const CompileOptions& options = source.options;
  const FusedProgram fused = fuse(source.program, grouping.choices, grouping.groups);
  GroupedProblem result;
  result.problem = scheduling_problem(fused.program, fused.choices,
                                      {options.threads, options.preserve_inputs, {}});
  scheduler::OpOptions ways =
      kernel_options(source.program, source.kernels.layers, options.threads);
  const std::vector<const StripGroup*> groups = group_of_op(source, grouping);
  for (std::size_t op = 0; op < source.program.ops.size(); ++op) {
    const StripGroup* group = groups[op];
    if (group != nullptr && op != group->ops.back()) continue;
    const std::size_t position = result.op_of.size();
    result.op_of.push_back(op);
    result.is_group.push_back(group != nullptr);
    if (group == nullptr) {
      result.options.push_back(std::move(ways[op]));
    } else {
      result.options.push_back({{.seconds = group_seconds(source, grouping, *group),
                                 .scratch_bytes = result.problem.ops[position].scratch_bytes}});
    }
  }
  result.grouping = std::move(grouping);
  return result;
}

Result<std::optional<MemoryWay>> fastest_way(const WaySource& source, const GroupedProblem& grouped,
                                             std::int64_t limit_bytes) {
  scheduler::Problem problem = grouped.problem;
  problem.memory_limit_bytes = limit_bytes;
  auto choice = scheduler::fastest_within_limit(problem, grouped.options);
  if (!choice && choice.error().code == ErrorCode::Infeasible) return std::optional<MemoryWay>{};
  if (!choice) return choice.error();
  if (!choice->solution.fits_memory_limit) return std::optional<MemoryWay>{};
  return std::optional(way_of(source, grouped, *std::move(choice)));
}

Result<std::vector<MemoryWay>> ways_of_grouping(const WaySource& source, Grouping grouping) {
  GroupedProblem grouped = grouped_problem(source, std::move(grouping));
  grouped.problem.memory_limit_bytes = source.options.memory_limit_bytes;
  auto curve = scheduler::latency_memory_curve(grouped.problem, grouped.options);
  if (!curve && curve.error().code == ErrorCode::Infeasible) return std::vector<MemoryWay>{};
  if (!curve) return curve.error();
  std::vector<MemoryWay> ways;
  for (scheduler::OptionChoice& choice : *curve) {
    const auto& limit_bytes = source.options.memory_limit_bytes;
    if (limit_bytes && choice.solution.arena_bytes > *limit_bytes) continue;
    ways.push_back(way_of(source, grouped, std::move(choice)));
  }
  return ways;
}

}  // namespace tilewright
