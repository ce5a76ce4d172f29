// SPDX-License-Identifier: Apache-2.0
// Successive halving: cheap where an evaluation takes microseconds, and it trusts no model.
// Source: Karnin, Koren and Somekh, "Almost Optimal Exploration in Multi-Armed Bandits", ICML 2013;
// here every round looks once at each survivor, and the last rounds are the race.
#include <algorithm>
#include <numeric>
#include <vector>

#include "lib/tuner/race.h"
#include "lib/tuner/search_methods.h"

namespace tilewright::tuner {
namespace {

std::vector<std::size_t> runnable_by_analytic_time(const TuningRun& run, std::size_t layer) {
  const std::vector<Candidate>& candidates = run.layer(layer).candidates;
  std::vector<std::size_t> ranks(candidates.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  std::erase_if(ranks, [&](std::size_t i) { return run.state(layer).records[i].failed; });
  std::ranges::stable_sort(ranks, {},
                           [&](std::size_t i) { return candidates[i].analytic_log_seconds; });
  return ranks;
}

/// As many candidates as can be visited twice: the rounds together look about twice at each.
std::size_t affordable_count(TuningRun& run, std::size_t layer, double deadline_seconds) {
  const std::size_t reference = run.state(layer).reference;
  const double visit_seconds = run.visit_seconds(search_visit(run, layer, reference),
                                                 run.expected_seconds(layer, reference));
  const double count = (deadline_seconds - run.now()) / (2 * std::max(visit_seconds, 1e-9));
  return static_cast<std::size_t>(std::clamp(count, 2.0, 1e6));
}

}  // namespace

void halve_layer(TuningRun& run, std::size_t layer, double deadline_seconds) {
  std::vector<std::size_t> survivors = runnable_by_analytic_time(run, layer);
  survivors.resize(std::min(survivors.size(), affordable_count(run, layer, deadline_seconds)));
  while (!survivors.empty() && !run.is_over()) {
    run.shuffle(survivors);
    for (const std::size_t candidate : survivors) {
      run.visit(search_visit(run, layer, candidate), Stage::Search, deadline_seconds);
    }
    estimate_by_means(run, layer);
    if (survivors.size() <= kRaceField) break;
    const std::vector<double>& estimates = run.state(layer).estimates;
    std::ranges::sort(survivors);
    std::ranges::stable_sort(survivors, {}, [&](std::size_t i) { return estimates[i]; });
    survivors.resize(std::max(survivors.size() / 2, kRaceField));
  }
  estimate_by_means(run, layer);
}

void search_by_halving(TuningRun& run, double deadline_seconds) {
  share_time(run, layers_by_weight(run), deadline_seconds,
             [&](std::size_t layer, double deadline) { halve_layer(run, layer, deadline); });
}

}  // namespace tilewright::tuner
