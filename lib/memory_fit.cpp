// SPDX-License-Identifier: Apache-2.0
#include "lib/memory_fit.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "lib/compilation.h"
#include "scheduler/explain.h"
#include "scheduler/solve.h"

namespace tilewright {
namespace {

constexpr std::size_t kMaxPoints = 64;  // of a curve
constexpr double kSlowdown = 1.5;       // that a kernel of little scratch may cost
constexpr int kMaxTargets = 8;          // of groups made for memory, the last of them 0

/// Sessions that tune themselves run every op for itself.
bool may_fuse(const CompileOptions& options) {
  return options.fusion != Fusion::Off && options.tuning.mode != TuningMode::InSitu;
}

/// The groups that were chosen, and none; with Fusion::Memory the former alone.
std::vector<Grouping> known_groupings(const WaySource& source) {
  const std::vector<KernelChoice>& fastest = source.kernels.choices;
  const std::vector<StripGroup>& groups = source.strips.groups;
  if (groups.empty()) return {{fastest, {}}};
  if (source.options.fusion == Fusion::Memory) return {{fastest, groups}};
  return {{fastest, groups}, {fastest, {}}};
}

Grouping groups_for_memory(const WaySource& source, const std::vector<KernelChoice>& kernels,
                           std::int64_t target_bytes) {
  return {kernels, memory_groups(source.program, kernels, source.options.threads, target_bytes)};
}

void take_faster(std::optional<MemoryWay> way, std::optional<MemoryWay>& best) {
  if (way && (!best || way->time.seconds < best->time.seconds)) best = std::move(way);
}

/// With groups of `kernels` for memory. Targets go down by what the plan is above the limit: what
/// lives on beside a group is not seen where groups are made.
Status add_way_in_strips(const WaySource& source, const std::vector<KernelChoice>& kernels,
                         std::int64_t limit_bytes, std::optional<MemoryWay>& best) {
  std::int64_t target_bytes = limit_bytes;
  for (int i = 1; true; ++i) {
    const GroupedProblem grouped =
        grouped_problem(source, groups_for_memory(source, kernels, target_bytes));
    TILEWRIGHT_TRY(std::optional<MemoryWay> way, fastest_way(source, grouped, limit_bytes));
    take_faster(std::move(way), best);
    TILEWRIGHT_TRY(const scheduler::Solution plan, scheduler::solve(grouped.problem));
    const std::int64_t excess_bytes = plan.arena_bytes - limit_bytes;
    if (excess_bytes <= 0 || target_bytes == 0) return ok();
    target_bytes = i + 1 < kMaxTargets ? std::max<std::int64_t>(target_bytes - excess_bytes, 0) : 0;
  }
}

/// Of which groups are made for memory: the fastest kernels, those of little scratch, and of least;
/// none where nothing may be fused.
using StripKernels = std::vector<std::vector<KernelChoice>>;

StripKernels strip_kernels(const WaySource& source) {
  if (!may_fuse(source.options)) return {};
  return {source.kernels.choices, least_scratch_kernels(source, kSlowdown),
          least_scratch_kernels(source)};
}

/// Groups made for memory, of the first kernels with which nothing else gets slower, or the best.
Result<std::optional<MemoryWay>> way_in_strips(const WaySource& source,
                                               const StripKernels& all_kernels,
                                               std::int64_t limit_bytes) {
  std::optional<MemoryWay> best;
  for (const std::vector<KernelChoice>& kernels : all_kernels) {
    TILEWRIGHT_RETURN_IF_ERROR(add_way_in_strips(source, kernels, limit_bytes, best));
    if (best && best->slower_kernels == 0) break;
  }
  return best;
}

/// The least arena that groups made for memory reach, all other ops with least scratch.
Result<std::int64_t> least_in_strips(const WaySource& source,
                                     const std::vector<KernelChoice>& least) {
  std::optional<std::int64_t> bytes;
  for (const std::vector<KernelChoice>& kernels : {source.kernels.choices, least}) {
    Grouping grouping = groups_for_memory(source, kernels, 0);
    std::vector<KernelChoice> choices = least;
    for (const StripGroup& group : grouping.groups) {
      for (const std::size_t op : group.ops)
        choices[op] = kernels[op];
    }
    grouping.choices = std::move(choices);
    TILEWRIGHT_TRY(const scheduler::Solution plan,
                   scheduler::solve(grouped_problem(source, std::move(grouping)).problem));
    bytes = std::min(bytes.value_or(plan.arena_bytes), plan.arena_bytes);
  }
  return *bytes;
}

/// Makes `way` what is found for its own arena as the limit.
Status settle(const WaySource& source, const StripKernels& kernels, MemoryWay& way) {
  while (true) {
    const std::int64_t arena_bytes = way.solution.arena_bytes;
    TILEWRIGHT_TRY(std::optional<MemoryWay> next, way_in_strips(source, kernels, arena_bytes));
    if (!next) return ok();
    way = *std::move(next);
    if (way.solution.arena_bytes == arena_bytes) return ok();
  }
}

Error refusal(const WaySource& source, std::int64_t limit_bytes) {
  const std::vector<KernelChoice> least = least_scratch_kernels(source);
  const GroupedProblem apart = grouped_problem(source, {least, {}});
  const Result<scheduler::Solution> plan = scheduler::solve(apart.problem);
  if (!plan) return plan.error();
  const Result<std::int64_t> strips_bytes = least_in_strips(source, least);
  if (!strips_bytes) return strips_bytes.error();
  return limit_error(apart.problem, *plan, limit_bytes, *strips_bytes);
}

/// Whether `a` needs no more than `b` of anything.
bool is_as_good(const MemoryWay& a, const MemoryWay& b) {
  return a.solution.arena_bytes <= b.solution.arena_bytes && a.time.seconds <= b.time.seconds &&
         a.time.unmeasured_strip_calls <= b.time.unmeasured_strip_calls;
}

/// From most memory to least, without those that others beat; of equal ones the first stays.
std::vector<MemoryWay> best_ways(std::vector<MemoryWay> ways) {
  std::vector<MemoryWay> best;
  for (MemoryWay& way : ways) {
    const auto beats = [&](const MemoryWay& other) { return is_as_good(other, way); };
    if (std::ranges::any_of(best, beats)) continue;
    std::erase_if(best, [&](const MemoryWay& other) { return is_as_good(way, other); });
    best.push_back(std::move(way));
  }
  std::ranges::stable_sort(best, std::greater{},
                           [](const MemoryWay& way) { return way.solution.arena_bytes; });
  return best;
}

}  // namespace

Error limit_error(const scheduler::Problem& problem, const scheduler::Solution& apart,
                  std::int64_t limit_bytes, std::optional<std::int64_t> strips_bytes) {
  const auto bytes = [](std::int64_t value) { return std::to_string(value); };
  const bool is_proven = apart.peak_lower_bound_bytes > limit_bytes;
  std::string text = "memory_limit: expected a plan within " + bytes(limit_bytes) + " bytes, got ";
  text += is_proven ? "a proven minimum of " + bytes(apart.peak_lower_bound_bytes)
                    : bytes(apart.arena_bytes) + " as the best found and " +
                          bytes(apart.peak_lower_bound_bytes) + " as proven necessary";
  text += " with every op a step of its own, by any of its kernels";
  if (!apart.offsets.empty())
    text += " (alive at the peak: " + scheduler::peak_text(problem, apart) + ")";
  if (strips_bytes && *strips_bytes < apart.arena_bytes) {
    text += ", and " + bytes(*strips_bytes) +
            " as the least found with ops in strips, which takes fusion 'auto' or 'memory' and no "
            "tuning in runs";
  }
  return {is_proven ? ErrorCode::Infeasible : ErrorCode::ResourceExhausted, std::move(text)};
}

Result<MemoryWay> fit_memory(const WaySource& source, std::int64_t limit_bytes) {
  std::optional<MemoryWay> best;
  for (const Grouping& grouping : known_groupings(source)) {
    TILEWRIGHT_TRY(std::optional<MemoryWay> way,
                   fastest_way(source, grouped_problem(source, grouping), limit_bytes));
    take_faster(std::move(way), best);
    if (best && best->slower_kernels == 0) break;
  }
  if (best) return *std::move(best);
  TILEWRIGHT_TRY(best, way_in_strips(source, strip_kernels(source), limit_bytes));
  if (best) return *std::move(best);
  return refusal(source, limit_bytes);
}

Result<std::vector<MemoryWay>> latency_memory_curve(const Model& model,
                                                    const CompileOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_compile_options(options));
  const Program program = lower(model.graph());
  TILEWRIGHT_TRY(const KernelsAndStrips chosen, choose_kernels_and_strips(program, options));
  const WaySource source{program, chosen.kernels, chosen.strips, options};
  std::vector<MemoryWay> ways;
  for (const Grouping& grouping : known_groupings(source)) {
    TILEWRIGHT_TRY(std::vector<MemoryWay> found, ways_of_grouping(source, grouping));
    std::ranges::move(found, std::back_inserter(ways));
  }
  std::int64_t limit_bytes =
      options.memory_limit_bytes.value_or(std::numeric_limits<std::int64_t>::max());
  for (const MemoryWay& way : ways)
    limit_bytes = std::min(limit_bytes, way.solution.arena_bytes - 1);
  const StripKernels kernels = strip_kernels(source);
  while (ways.size() < kMaxPoints) {
    TILEWRIGHT_TRY(std::optional<MemoryWay> way, way_in_strips(source, kernels, limit_bytes));
    if (!way) break;
    TILEWRIGHT_RETURN_IF_ERROR(settle(source, kernels, *way));
    limit_bytes = way->solution.arena_bytes - 1;
    ways.push_back(*std::move(way));
  }
  if (ways.empty()) return refusal(source, limit_bytes);
  return best_ways(std::move(ways));
}

}  // namespace tilewright
