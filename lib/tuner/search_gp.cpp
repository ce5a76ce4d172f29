// SPDX-License-Identifier: Apache-2.0
// Bayesian search over all layers at once: the layer and candidate whose visit is expected to save
// most seconds per inference and second of tuning goes next. Docs:
// docs/decisions/0008-tuner-search.md.
#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "lib/tuner/gp.h"
#include "lib/tuner/promise.h"
#include "lib/tuner/search_methods.h"

namespace tilewright::tuner {
namespace {

constexpr double kShortLayerSeconds = 30e-6;
constexpr std::size_t kObservationLimit = 96;  // per layer; bounds the cost of a step
constexpr std::size_t kVisitLimit = 4;         // of one candidate: more is the race's work
constexpr double kLargestSlice = 0.25;         // the whole is the race's

/// The next visit of a layer and what it is worth: seconds saved per inference and second of
/// tuning.
struct Proposal {
  Visit visit;
  double value = 0;
};

/// A layer in the queue.
struct Queued {
  std::size_t layer;
  Gp gp;
  std::vector<std::size_t> unseen_algorithms;  // the analytically best candidate of each
  std::optional<Proposal> proposal;            // none: nothing is left to look at
};

/// The analytically best candidate of each algorithm but the reference's.
std::vector<std::size_t> algorithm_representatives(const Layer& layer, std::size_t reference) {
  std::vector<std::size_t> best;
  std::set<std::uint16_t> algorithms;
  for (const Candidate& candidate : layer.candidates) {
    algorithms.insert(candidate.categories.algorithm);
  }
  algorithms.erase(layer.candidates[reference].categories.algorithm);
  for (const std::uint16_t algorithm : algorithms) {
    std::optional<std::size_t> fastest;
    for (std::size_t i = 0; i < layer.candidates.size(); ++i) {
      const Candidate& candidate = layer.candidates[i];
      if (candidate.categories.algorithm != algorithm) continue;
      if (!fastest ||
          candidate.analytic_log_seconds < layer.candidates[*fastest].analytic_log_seconds) {
        fastest = i;
      }
    }
    best.push_back(*fastest);
  }
  return best;
}

/// A second look at a candidate takes a larger slice, if there is one.
Visit next_look(const TuningRun& run, std::size_t layer, std::size_t candidate) {
  Visit visit = search_visit(run, layer, candidate);
  const double seen = run.state(layer).records[candidate].largest_fraction;
  if (seen < visit.fraction || visit.fraction >= 1) return visit;
  visit.fraction = std::min(4 * seen, kLargestSlice);
  return visit;
}

std::optional<Proposal> propose(const TuningRun& run, const Queued& queued) {
  const Gp& gp = queued.gp;
  const LayerState& state = run.state(queued.layer);
  if (gp.observations().size() >= kObservationLimit) return std::nullopt;
  const double incumbent = incumbent_log_seconds(gp);
  const double incumbent_seconds = std::exp(incumbent);
  // All visits of a layer differ little in cost: slices are chosen by time and slow ones are cut
  // off.
  const Visit typical = search_visit(run, queued.layer, state.reference);
  const double cost = std::max(run.visit_seconds(typical, incumbent_seconds), 1e-7);
  const std::optional<Promise> best = most_promising(gp, incumbent, [&](std::size_t i) {
    return !state.records[i].failed && state.records[i].visits < kVisitLimit;
  });
  if (!best) return std::nullopt;
  const std::size_t next =
      queued.unseen_algorithms.empty() ? best->candidate : queued.unseen_algorithms.back();
  const double saved_seconds =
      run.layer(queued.layer).count * incumbent_seconds * best->improvement;
  return Proposal{.visit = next_look(run, queued.layer, next), .value = saved_seconds / cost};
}

void observe(Queued& queued, std::size_t candidate, const Measurement& seen) {
  queued.gp.add({.candidate = candidate,
                 .log_seconds = full_log_seconds(seen),
                 .noise_variance = noise_variance(seen)});
  if (is_refit_due(queued.gp.observations().size()))
    queued.gp = refitted(queued.gp, Hyperparameters{});
}

Queued start(const TuningRun& run, std::size_t layer) {
  const std::vector<Candidate>& candidates = run.layer(layer).candidates;
  const std::size_t reference = run.state(layer).reference;
  const CandidateRecord& record = run.state(layer).records[reference];
  Queued queued{.layer = layer,
                .gp = Gp(candidates, Hyperparameters{}),
                .unseen_algorithms = algorithm_representatives(run.layer(layer), reference),
                .proposal = std::nullopt};
  queued.gp.add({.candidate = reference,
                 .log_seconds = record.log_seconds(),
                 .noise_variance = 1 / record.weight_sum});
  queued.proposal = propose(run, queued);
  return queued;
}

Queued* most_valuable(std::vector<Queued>& queue) {
  Queued* best = nullptr;
  for (Queued& queued : queue) {
    if (!queued.proposal) continue;
    if (best == nullptr || queued.proposal->value > best->proposal->value) best = &queued;
  }
  return best;
}

/// Makes the visit that is due and thinks again about its layer. A visit for which there is no time
/// takes its layer out of the queue.
void advance(TuningRun& run, Queued& queued, double deadline_seconds) {
  const Visit visit = queued.proposal->visit;
  const auto seen = run.visit(visit, Stage::Search, deadline_seconds);
  const bool has_failed = run.state(queued.layer).records[visit.candidate].failed;
  if (!seen && !has_failed) {
    queued.proposal = std::nullopt;
    return;
  }
  std::erase(queued.unseen_algorithms, visit.candidate);
  if (seen) observe(queued, visit.candidate, *seen);
  queued.proposal = propose(run, queued);
}

void halve_short_layers(TuningRun& run, const std::vector<std::size_t>& short_layers,
                        double weight_share, double deadline_seconds) {
  const double now = run.now();
  const double deadline = now + (deadline_seconds - now) * weight_share;
  share_time(run, short_layers, deadline, [&](std::size_t layer, double layer_deadline) {
    halve_layer(run, layer, layer_deadline);
  });
}

void search_queue(TuningRun& run, const std::vector<std::size_t>& layers, double deadline_seconds) {
  std::vector<Queued> queue;
  for (const std::size_t layer : layers)
    queue.push_back(start(run, layer));
  while (!run.is_over()) {
    Queued* next = most_valuable(queue);
    if (next == nullptr || next->proposal->value * run.options().inference_count < 1) break;
    advance(run, *next, deadline_seconds);
  }
  for (const Queued& queued : queue) {
    LayerState& state = run.state(queued.layer);
    for (std::size_t i = 0; i < state.records.size(); ++i) {
      if (!state.records[i].failed) state.estimates[i] = queued.gp.mean(i);
    }
  }
}

}  // namespace

void search_by_gp(TuningRun& run, double deadline_seconds) {
  std::vector<std::size_t> short_layers;
  std::vector<std::size_t> long_layers;
  double short_weight = 0;
  double weight = 0;
  for (const std::size_t layer : layers_by_weight(run)) {
    const bool is_short =
        run.expected_seconds(layer, run.state(layer).reference) < kShortLayerSeconds;
    (is_short ? short_layers : long_layers).push_back(layer);
    weight += run.weight(layer);
    if (is_short) short_weight += run.weight(layer);
  }
  if (weight <= 0) return;
  halve_short_layers(run, short_layers, short_weight / weight, deadline_seconds);
  search_queue(run, long_layers, deadline_seconds);
}

}  // namespace tilewright::tuner
