// SPDX-License-Identifier: Apache-2.0
// Successive halving: cheap where an evaluation takes microseconds, and it trusts no model.
// Source: Karnin, Koren and Somekh, "Almost Optimal Exploration in Multi-Armed Bandits", ICML 2013;
// here every round looks once at each survivor, and the last rounds are the race.
#include <algorithm>
#include <utility>
#include <vector>

#include "lib/tuner/halving.h"
#include "lib/tuner/search_methods.h"

namespace tilewright::tuner {
namespace {

std::vector<std::size_t> runnable_by_analytic_time(const TuningRun& run, std::size_t layer) {
  std::vector<std::size_t> ranks = by_analytic_time(run.layer(layer).candidates);
  std::erase_if(ranks, [&](std::size_t i) { return run.state(layer).records[i].failed; });
  return ranks;
}

/// Visits like the reference's that fit before the deadline.
double affordable_visits(TuningRun& run, std::size_t layer, double deadline_seconds) {
  const std::size_t reference = run.state(layer).reference;
  const double visit_seconds = run.visit_seconds(search_visit(run, layer, reference),
                                                 run.expected_seconds(layer, reference));
  return (deadline_seconds - run.now()) / std::max(visit_seconds, 1e-9);
}

}  // namespace

void halve_layer(TuningRun& run, std::size_t layer, double deadline_seconds) {
  std::vector<std::size_t> survivors = runnable_by_analytic_time(run, layer);
  const double visits = affordable_visits(run, layer, deadline_seconds);
  survivors.resize(std::min(survivors.size(), first_round_size(visits)));
  while (!survivors.empty() && !run.is_over()) {
    run.shuffle(survivors);
    for (const std::size_t candidate : survivors) {
      run.visit(search_visit(run, layer, candidate), Stage::Search, deadline_seconds);
    }
    estimate_by_means(run, layer);
    survivors = next_round(std::move(survivors), run.state(layer).estimates);
  }
  estimate_by_means(run, layer);
}

void search_by_halving(TuningRun& run, double deadline_seconds) {
  share_time(run, layers_by_weight(run), deadline_seconds,
             [&](std::size_t layer, double deadline) { halve_layer(run, layer, deadline); });
}

}  // namespace tilewright::tuner
