// SPDX-License-Identifier: Apache-2.0
// Successive halving: cheap where an evaluation takes microseconds, and it trusts no model.
// Source: Karnin, Koren and Somekh, "Almost Optimal Exploration in Multi-Armed Bandits", ICML 2013;
// here every round looks once at each survivor, and the last rounds are the race.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/tuner/halving.h"
#include "lib/tuner/search_methods.h"

namespace tilewright::tuner {
namespace {

/// By kernel, what it takes more than its analytic time, in logarithms.
using Effects = std::map<std::string, double>;

constexpr double kShrinkage = 4;  // variance of residuals over that of effects
constexpr double kLeastSeen = 4;  // candidates of a layer, for its level to be known

std::string kernel_of(const Candidate& candidate) {
  return candidate.name.substr(0, candidate.name.find('/'));
}

struct Mean {
  double sum = 0;
  double count = 0;
  void add(double value) { sum += value, ++count; }
  [[nodiscard]] double value() const { return sum / count; }
};

/// Adds the mean residual of each kernel that was seen in `layer`, less the layer's level.
void add_residuals(const TuningRun& run, std::size_t layer, const Effects& known,
                   std::map<std::string, Mean>& means) {
  const std::vector<Candidate>& candidates = run.layer(layer).candidates;
  const std::vector<CandidateRecord>& records = run.state(layer).records;
  Mean level;
  std::map<std::string, Mean> own;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].visits == 0 || records[i].failed) continue;
    const std::string kernel = kernel_of(candidates[i]);
    const double residual = records[i].log_seconds() - candidates[i].analytic_log_seconds;
    const auto effect = known.find(kernel);
    level.add(residual - (effect == known.end() ? 0 : effect->second));
    own[kernel].add(residual);
  }
  if (level.count < kLeastSeen) return;
  for (const auto& [kernel, mean] : own)
    means[kernel].add(mean.value() - level.value());
}

/// What the layers but `target` showed so far.
Effects effects_seen(const TuningRun& run, std::size_t target) {
  Effects effects;
  for (int pass = 0; pass < 3; ++pass) {
    std::map<std::string, Mean> means;
    for (std::size_t layer = 0; layer < run.layer_count(); ++layer)
      if (layer != target) add_residuals(run, layer, effects, means);
    for (const auto& [kernel, mean] : means)
      effects[kernel] = mean.sum / (mean.count + kShrinkage);
  }
  return effects;
}

std::vector<std::size_t> runnable_by_analytic_time(const TuningRun& run, std::size_t layer) {
  const Effects effects = effects_seen(run, layer);
  std::vector<Candidate> shifted = run.layer(layer).candidates;
  for (Candidate& candidate : shifted) {
    const auto effect = effects.find(kernel_of(candidate));
    if (effect != effects.end()) candidate.analytic_log_seconds += effect->second;
  }
  std::vector<std::size_t> ranks = by_analytic_time(shifted);
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
