// SPDX-License-Identifier: Apache-2.0
// Choices from the fastest on: one that does not fit is replaced by those in which one of the ops
// that make it fail takes less.
#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "scheduler/options/op_options.h"
#include "scheduler/options/option_ladders.h"

namespace tilewright::scheduler {
namespace {

constexpr std::size_t kMaxQueued = 100'000;

Status check_options(const Problem& problem, const OpOptions& options) {
  const auto wrong = [](const std::string& what) {
    return Error{ErrorCode::InvalidArgument, "options: expected " + what};
  };
  if (options.size() != problem.ops.size()) {
    return wrong("options of " + std::to_string(problem.ops.size()) + " ops, got " +
                 std::to_string(options.size()));
  }
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i].empty()) return wrong("one for op '" + problem.ops[i].name + "', got none");
    for (const OpOption& option : options[i]) {
      if (!std::isfinite(option.seconds) || option.seconds < 0 || option.scratch_bytes < 0)
        return wrong("times and bytes of 0 or more for op '" + problem.ops[i].name + "'");
    }
  }
  return ok();
}

class OptionSearch {
 public:
  OptionSearch(const Problem& problem, const OpOptions& options, const OptionLimits& limits)
      : ladders_(options), planned_(problem, ladders_, limits) {}

  [[nodiscard]] bool is_exhausted() const { return planned_.is_exhausted(); }

  /// The fastest of each op, by one plan.
  Result<OptionChoice> fastest() {
    const Levels levels = ladders_.fastest();
    return choice(levels, ladders_.seconds(levels), std::nullopt);
  }

  Result<OptionChoice> least() {
    return choice(ladders_.least(), ladders_.seconds(ladders_.fastest()), std::nullopt);
  }

  Result<OptionChoice> fastest_within(std::int64_t limit_bytes) {
    limit_bytes_ = limit_bytes;
    TILEWRIGHT_TRY(const OptionFit least, planned_.fit(ladders_.least(), limit_bytes));
    // Its own solve names what makes it impossible.
    if (least != OptionFit::Yes)
      return choice(ladders_.least(), ladders_.seconds(ladders_.fastest()), limit_bytes);
    bound_seconds_ = ladders_.seconds(ladders_.fastest());
    has_unknown_ = false;
    std::set<std::pair<double, Levels>> queue;
    queue.emplace(bound_seconds_, ladders_.fastest());
    while (true) {
      const Levels levels = queue.extract(queue.begin()).value().second;
      if (!has_unknown_) bound_seconds_ = ladders_.seconds(levels);
      if (planned_.is_exhausted() || queue.size() > kMaxQueued) return dive(levels);
      TILEWRIGHT_TRY(const OptionFit fit, planned_.fit_of_plan(levels, limit_bytes));
      if (fit == OptionFit::Yes) return choice(levels, bound_seconds_, limit_bytes);
      TILEWRIGHT_TRY(const std::vector<Levels> lower, lowered(levels, fit));
      for (const Levels& next : lower)
        queue.emplace(ladders_.seconds(next), next);
    }
  }

 private:
  Result<OptionChoice> choice(const Levels& levels, double least_seconds,
                              std::optional<std::int64_t> limit_bytes) {
    TILEWRIGHT_TRY(Solution solution, planned_.plan(levels, limit_bytes));
    OptionChoice result{.picks = ladders_.picks(levels),
                        .seconds = ladders_.seconds(levels),
                        .least_seconds = least_seconds,
                        .proven_fastest = false,
                        .solution = std::move(solution),
                        .plans = planned_.plans()};
    result.proven_fastest =
        result.solution.fits_memory_limit && result.seconds <= result.least_seconds;
    return result;
  }

  /// Whether `levels` is not known to fit, with all ops but `kept` at their least.
  Result<bool> fails(const Levels& levels, std::span<const std::size_t> kept) {
    Levels reduced = ladders_.least();
    for (const std::size_t op : kept)
      reduced[op] = levels[op];
    TILEWRIGHT_TRY(const OptionFit fit, planned_.fit(reduced, limit_bytes_));
    has_unknown_ = has_unknown_ || fit == OptionFit::Unknown;
    return fit != OptionFit::Yes;
  }

  /// QuickXplain: ops of `from` of which none can be spared if `levels` is to fail, `background`
  /// being raised as well. They fail together.
  Result<std::vector<std::size_t>> culprits(const Levels& levels,
                                            std::vector<std::size_t> background, bool is_grown,
                                            std::span<const std::size_t> from) {
    if (is_grown) {
      TILEWRIGHT_TRY(const bool fails_already, fails(levels, background));
      if (fails_already) return std::vector<std::size_t>{};
    }
    if (from.size() <= 1) return std::vector<std::size_t>(from.begin(), from.end());
    const auto first = from.first(from.size() / 2);
    const auto second = from.subspan(from.size() / 2);
    std::vector<std::size_t> with_first = background;
    with_first.insert(with_first.end(), first.begin(), first.end());
    TILEWRIGHT_TRY(std::vector<std::size_t> found,
                   culprits(levels, std::move(with_first), true, second));
    background.insert(background.end(), found.begin(), found.end());
    TILEWRIGHT_TRY(const std::vector<std::size_t> others,
                   culprits(levels, std::move(background), !found.empty(), first));
    found.insert(found.end(), others.begin(), others.end());
    return found;
  }

  /// The choices next to one that fails: one of its culprits takes less. A single culprit takes as
  /// much as fits while all others take the least.
  Result<std::vector<Levels>> lowered(const Levels& levels, OptionFit fit) {
    has_unknown_ = has_unknown_ || fit == OptionFit::Unknown;
    std::vector<std::size_t> raised;
    for (std::size_t op = 0; op < levels.size(); ++op)
      if (levels[op] > 0) raised.push_back(op);
    TILEWRIGHT_TRY(std::vector<std::size_t> ops, culprits(levels, {}, false, raised));
    std::ranges::sort(ops);
    std::vector<Levels> result;
    for (const std::size_t op : ops) {
      Levels next = levels;
      --next[op];
      while (ops.size() == 1 && next[op] > 0) {
        TILEWRIGHT_TRY(const bool fails_alone, fails(next, ops));
        if (!fails_alone) break;
        --next[op];
      }
      result.push_back(std::move(next));
    }
    return result;
  }

  /// A choice that fits, below `levels`: the least loss of time at every step.
  Result<OptionChoice> dive(Levels levels) {
    const double bound_seconds = bound_seconds_;
    while (true) {
      TILEWRIGHT_TRY(const OptionFit fit, planned_.fit_of_plan(levels, limit_bytes_));
      if (fit == OptionFit::Yes) return choice(levels, bound_seconds, limit_bytes_);
      TILEWRIGHT_TRY(const std::vector<Levels> lower, lowered(levels, fit));
      levels = *std::ranges::min_element(
          lower, {}, [&](const Levels& next) { return ladders_.seconds(next); });
    }
  }

  OptionLadders ladders_;
  PlannedLevels planned_;
  std::int64_t limit_bytes_ = 0;
  double bound_seconds_ = 0;  // no choice within the limit takes less
  bool has_unknown_ = false;  // a choice was passed over without a proof: the bound stays
};

}  // namespace

Result<OptionChoice> fastest_within_limit(const Problem& problem, const OpOptions& options,
                                          const OptionLimits& limits) {
  TILEWRIGHT_RETURN_IF_ERROR(check_options(problem, options));
  OptionSearch search(problem, options, limits);
  if (!problem.memory_limit_bytes) return search.fastest();
  return search.fastest_within(*problem.memory_limit_bytes);
}

Result<std::vector<OptionChoice>> latency_memory_curve(const Problem& problem,
                                                       const OpOptions& options,
                                                       const OptionLimits& limits) {
  TILEWRIGHT_RETURN_IF_ERROR(check_options(problem, options));
  OptionSearch search(problem, options, limits);
  TILEWRIGHT_TRY(const OptionChoice least, search.least());
  const std::int64_t least_bytes = least.solution.arena_bytes;
  std::vector<OptionChoice> curve;
  TILEWRIGHT_TRY(OptionChoice next, problem.memory_limit_bytes
                                        ? search.fastest_within(*problem.memory_limit_bytes)
                                        : search.fastest());
  while (true) {
    // Of equally fast choices the one of less memory stays.
    if (!curve.empty() && next.seconds <= curve.back().seconds) curve.pop_back();
    curve.push_back(std::move(next));
    const std::int64_t arena_bytes = curve.back().solution.arena_bytes;
    if (arena_bytes <= least_bytes) return curve;
    const bool is_last = curve.size() + 1 >= limits.max_points;
    if (search.is_exhausted()) {
      next = least;
    } else {
      TILEWRIGHT_TRY(next, search.fastest_within(is_last ? least_bytes : arena_bytes - 1));
    }
  }
}

}  // namespace tilewright::scheduler
