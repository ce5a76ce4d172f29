// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/search_methods.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tilewright::tuner {
namespace {

constexpr double kLeastSliceSeconds = 50e-6;
constexpr double kCensoringFactor = 1.5;

/// Least full-size seconds among what was seen of a layer.
double best_seconds(const TuningRun& run, std::size_t layer) {
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < run.state(layer).records.size(); ++i) {
    if (run.state(layer).records[i].visits > 0) {
      best = std::min(best, run.expected_seconds(layer, i));
    }
  }
  return best;
}

void sort_by_weight(const TuningRun& run, std::vector<std::size_t>& layers) {
  std::ranges::stable_sort(layers, std::ranges::greater{},
                           [&](std::size_t layer) { return run.weight(layer); });
}

}  // namespace

Visit search_visit(const TuningRun& run, std::size_t layer, std::size_t candidate) {
  const double full_seconds = run.expected_seconds(layer, candidate);
  Visit visit{.layer = layer, .candidate = candidate};
  if (run.layer(layer).candidates[candidate].sliceable) {
    for (const double fraction : {1.0 / 4, 1.0 / 16}) {
      if (fraction * full_seconds >= kLeastSliceSeconds) visit.fraction = fraction;
    }
  }
  visit.repeats = repeats_for(visit.fraction * full_seconds);
  visit.limit_full_seconds = kCensoringFactor * best_seconds(run, layer);
  return visit;
}

void visit_references(TuningRun& run, double deadline_seconds) {
  std::vector<std::size_t> layers(run.layer_count());
  std::iota(layers.begin(), layers.end(), std::size_t{0});
  sort_by_weight(run, layers);
  for (const std::size_t layer : layers) {
    // A reference that fails is replaced by the next best, until one runs or none is left.
    while (!run.is_over()) {
      const std::size_t reference = run.state(layer).reference;
      const auto seen =
          run.visit(search_visit(run, layer, reference), Stage::Search, deadline_seconds);
      if (seen || !run.state(layer).records[reference].failed) break;
    }
  }
}

std::vector<std::size_t> layers_by_weight(const TuningRun& run) {
  std::vector<std::size_t> layers;
  for (std::size_t i = 0; i < run.layer_count(); ++i) {
    if (run.state(i).records[run.state(i).reference].visits > 0) layers.push_back(i);
  }
  sort_by_weight(run, layers);
  return layers;
}

void estimate_by_means(TuningRun& run, std::size_t layer) {
  LayerState& state = run.state(layer);
  for (std::size_t i = 0; i < state.records.size(); ++i) {
    const CandidateRecord& record = state.records[i];
    if (record.visits > 0 && !record.failed) state.estimates[i] = record.log_seconds();
  }
}

void search_at_random(TuningRun& run, double deadline_seconds) {
  share_time(run, layers_by_weight(run), deadline_seconds, [&](std::size_t layer, double deadline) {
    std::vector<std::size_t> candidates(run.layer(layer).candidates.size());
    std::iota(candidates.begin(), candidates.end(), std::size_t{0});
    run.shuffle(candidates);
    for (const std::size_t candidate : candidates) {
      if (run.state(layer).records[candidate].visits > 0) continue;
      run.visit(search_visit(run, layer, candidate), Stage::Search, deadline);
    }
    estimate_by_means(run, layer);
  });
}

void search_exhaustively(TuningRun& run, double deadline_seconds) {
  constexpr int kPassLimit = 5;
  const std::vector<std::size_t> layers = layers_by_weight(run);
  share_time(run, layers, deadline_seconds, [&](std::size_t layer, double deadline) {
    std::vector<std::size_t> candidates(run.layer(layer).candidates.size());
    std::iota(candidates.begin(), candidates.end(), std::size_t{0});
    for (int pass = 0; pass < kPassLimit; ++pass) {
      run.shuffle(candidates);
      for (const std::size_t candidate : candidates) {
        const int repeats = repeats_for(run.expected_seconds(layer, candidate));
        run.visit({.layer = layer, .candidate = candidate, .repeats = repeats}, Stage::Search,
                  deadline);
      }
    }
    estimate_by_means(run, layer);
  });
}

}  // namespace tilewright::tuner
