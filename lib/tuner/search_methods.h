// SPDX-License-Identifier: Apache-2.0
// The ways to choose which candidates to look at. Each fills `LayerState::estimates`; the race does
// the rest.
#pragma once

#include <cstddef>
#include <vector>

#include "lib/tuner/tuning_run.h"

namespace tilewright::tuner {

/// A visit of the search: the smallest slice that takes 50 us, ended early at 1.5 times the best
/// seen.
[[nodiscard]] Visit search_visit(const TuningRun& run, std::size_t layer, std::size_t candidate);

/// Looks once at the default of every layer, heaviest first, so that weights are known. A layer
/// that does not get its turn before the deadline is left at its default.
void visit_references(TuningRun& run, double deadline_seconds);

/// Layers whose reference was seen, heaviest first.
[[nodiscard]] std::vector<std::size_t> layers_by_weight(const TuningRun& run);

/// Calls `work(layer, layer_deadline)` for each of `layers` with a share of the time by weight;
/// what one leaves goes to the others.
template <typename Work>
void share_time(TuningRun& run, const std::vector<std::size_t>& layers, double deadline_seconds,
                Work work) {
  double weight_left = 0;
  for (const std::size_t layer : layers)
    weight_left += run.weight(layer);
  for (const std::size_t layer : layers) {
    const double weight = run.weight(layer);
    const double now = run.now();
    const double share = weight_left > 0 ? weight / weight_left : 1;
    work(layer, now + (deadline_seconds - now) * (share < 1 ? share : 1));
    weight_left -= weight;
  }
}

/// Sets the estimates of a layer to the means of what was seen; unseen ones stay out of the race.
void estimate_by_means(TuningRun& run, std::size_t layer);

/// All candidates, or as many of the analytically best as the time allows, then the better half of
/// them, down to the field of the race (`halving.h`).
void halve_layer(TuningRun& run, std::size_t layer, double deadline_seconds);
void search_by_halving(TuningRun& run, double deadline_seconds);

/// Candidates drawn without replacement.
void search_at_random(TuningRun& run, double deadline_seconds);

/// Every candidate of every layer at full size, in random order, up to five times.
void search_exhaustively(TuningRun& run, double deadline_seconds);

/// One queue over all layers by expected seconds saved per second of tuning; layers under 30 us are
/// halved instead.
void search_by_gp(TuningRun& run, double deadline_seconds);

}  // namespace tilewright::tuner
