// SPDX-License-Identifier: Apache-2.0
#include "scheduler/options/option_ladders.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tilewright::scheduler {
namespace {

/// Whether every op of `a` has at most the level it has in `b`.
bool is_below(const Levels& a, const Levels& b) {
  return std::ranges::equal(a, b, std::ranges::less_equal{});
}

}  // namespace

void apply_options(const OpOptions& options, const std::vector<std::size_t>& picks,
                   Problem& problem) {
  for (std::size_t i = 0; i < problem.ops.size(); ++i)
    problem.ops[i].scratch_bytes = options[i][picks[i]].scratch_bytes;
}

std::vector<std::size_t> pareto_options(const std::vector<OpOption>& options) {
  std::vector<std::size_t> ranks(options.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  std::ranges::stable_sort(ranks, {}, [&](std::size_t i) {
    return std::tuple(options[i].scratch_bytes, options[i].seconds);
  });
  std::vector<std::size_t> front;
  for (const std::size_t i : ranks) {
    if (front.empty() || options[i].seconds < options[front.back()].seconds) front.push_back(i);
  }
  return front;
}

OptionLadders::OptionLadders(const OpOptions& options) : options_(options) {
  for (const std::vector<OpOption>& of_op : options)
    steps_.push_back(pareto_options(of_op));
}

Levels OptionLadders::fastest() const {
  Levels levels;
  for (const std::vector<std::size_t>& steps : steps_)
    levels.push_back(static_cast<std::uint32_t>(steps.size() - 1));
  return levels;
}

double OptionLadders::seconds(const Levels& levels) const {
  double sum = 0;
  for (std::size_t i = 0; i < levels.size(); ++i)
    sum += option(i, levels[i]).seconds;
  return sum;
}

std::vector<std::size_t> OptionLadders::picks(const Levels& levels) const {
  std::vector<std::size_t> picks;
  for (std::size_t i = 0; i < levels.size(); ++i)
    picks.push_back(steps_[i][levels[i]]);
  return picks;
}

PlannedLevels::PlannedLevels(const Problem& problem, const OptionLadders& ladders,
                             const OptionLimits& limits)
    : problem_(problem), ladders_(ladders), limits_(limits) {}

OptionFit PlannedLevels::fit_of(const Need& need, std::int64_t limit_bytes) {
  if (need.at_most_bytes <= limit_bytes) return OptionFit::Yes;
  return need.at_least_bytes > limit_bytes ? OptionFit::Never : OptionFit::Unknown;
}

std::optional<OptionFit> PlannedLevels::known_fit(const Levels& levels,
                                                  std::int64_t limit_bytes) const {
  const auto exact = known_.find(levels);
  if (exact != known_.end()) return fit_of(exact->second, limit_bytes);
  for (const auto& [other, need] : known_) {
    const OptionFit fit = fit_of(need, limit_bytes);
    if (fit == OptionFit::Yes && is_below(levels, other)) return fit;
    if (fit == OptionFit::Never && is_below(other, levels)) return fit;
  }
  return std::nullopt;
}

Status PlannedLevels::learn(const Levels& levels) {
  if (known_.contains(levels)) return ok();
  TILEWRIGHT_TRY(last_solution_, plan(levels, std::nullopt));
  last_levels_ = levels;
  known_[levels] = {last_solution_.peak_lower_bound_bytes, last_solution_.arena_bytes};
  return ok();
}

Result<OptionFit> PlannedLevels::fit(const Levels& levels, std::int64_t limit_bytes) {
  if (const auto known = known_fit(levels, limit_bytes)) return *known;
  TILEWRIGHT_RETURN_IF_ERROR(learn(levels));
  return fit_of(known_[levels], limit_bytes);
}

Result<OptionFit> PlannedLevels::fit_of_plan(const Levels& levels, std::int64_t limit_bytes) {
  const auto known = known_fit(levels, limit_bytes);
  if (known == OptionFit::Never) return *known;
  TILEWRIGHT_RETURN_IF_ERROR(learn(levels));
  return fit_of(known_[levels], limit_bytes);
}

Result<Solution> PlannedLevels::plan(const Levels& levels,
                                     std::optional<std::int64_t> limit_bytes) {
  const bool is_last = last_levels_ && *last_levels_ == levels;
  if (is_last && (!limit_bytes || last_solution_.arena_bytes <= *limit_bytes))
    return last_solution_;
  ++plans_;
  for (std::size_t i = 0; i < levels.size(); ++i)
    problem_.ops[i].scratch_bytes = ladders_.option(i, levels[i]).scratch_bytes;
  problem_.memory_limit_bytes = limit_bytes;
  return solve(problem_, limits_.solve);
}

}  // namespace tilewright::scheduler
