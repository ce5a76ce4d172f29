// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/tuning_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "lib/tuner/gp_kernel.h"
#include "lib/tuner/statistics.h"

namespace tilewright::tuner {
namespace {

// Log deviation of a slice's scaled time from the full one: tails and cache effects it does not
// see.
constexpr double kSliceDeviation = 0.03;
constexpr double kCensoredDeviation = 0.2;
constexpr double kShortestSeconds = 1e-9;
constexpr double kPauseShare = 0.1;     // of the budget, to wait for a slow core
constexpr double kReportSeconds = 0.1;  // between reports of progress while it waits

/// The candidate of least analytic time among those that have not failed; the count if there is
/// none.
std::size_t best_runnable(const Layer& layer, const LayerState& state) {
  std::size_t best = layer.candidates.size();
  for (std::size_t i = 0; i < layer.candidates.size(); ++i) {
    if (state.records[i].failed) continue;
    if (best == layer.candidates.size() ||
        layer.candidates[i].analytic_log_seconds < layer.candidates[best].analytic_log_seconds) {
      best = i;
    }
  }
  return best;
}

/// Mean over the visited of measured minus analytic log time.
double level_shift(const Layer& layer, const LayerState& state) {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 0; i < state.records.size(); ++i) {
    if (state.records[i].weight_sum <= 0) continue;
    sum += state.records[i].log_seconds() - layer.candidates[i].analytic_log_seconds;
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

}  // namespace

double noise_variance(const Measurement& measurement) {
  if (measurement.censored) return kCensoredDeviation * kCensoredDeviation;
  const double slice = kSliceDeviation * (1 - measurement.fraction);
  const double noise = Hyperparameters{}.noise;
  return noise * noise + measurement.spread * measurement.spread + slice * slice;
}

double full_log_seconds(const Measurement& measurement) {
  return std::log(std::max(measurement.seconds, kShortestSeconds) / measurement.fraction);
}

int repeats_for(double run_seconds) {
  if (run_seconds > 3e-3) return 1;
  return run_seconds > 0.8e-3 ? 2 : 3;
}

TuningRun::TuningRun(const TuningProblem& problem, Measurer& measurer, const TuneOptions& options)
    : problem_(problem),
      measurer_(measurer),
      options_(options),
      begin_seconds_(measurer.now_seconds()),
      pause_(measurer, kPauseShare * 1e-3 * static_cast<double>(options.budget_ms)),
      layers_(problem.layers.size()),
      random_(options.seed) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = problem.layers[i];
    layers_[i].records.resize(layer.candidates.size());
    layers_[i].estimates.assign(layer.candidates.size(), std::numeric_limits<double>::infinity());
    layers_[i].reference = default_candidate(layer);
    layers_[i].chosen = layers_[i].reference;
  }
}

double TuningRun::expected_seconds(std::size_t layer, std::size_t candidate) const {
  const CandidateRecord& record = layers_[layer].records[candidate];
  if (record.weight_sum > 0) return std::exp(record.log_seconds());
  const double analytic = problem_.layers[layer].candidates[candidate].analytic_log_seconds;
  return std::exp(analytic + level_shift(problem_.layers[layer], layers_[layer]));
}

double TuningRun::weight(std::size_t layer) const {
  return problem_.layers[layer].count * expected_seconds(layer, layers_[layer].reference);
}

double TuningRun::visit_seconds(const Visit& visit, double full_seconds) const {
  const double run_seconds = visit.fraction * std::min(full_seconds, visit.limit_full_seconds);
  return layers_[visit.layer].overhead_seconds + visit.repeats * run_seconds;
}

std::optional<Measurement> TuningRun::visit(const Visit& visit, Stage stage,
                                            double deadline_seconds) {
  if (is_over() || layers_[visit.layer].records[visit.candidate].failed) return std::nullopt;
  double start = now();
  const double expected = visit_seconds(visit, expected_seconds(visit.layer, visit.candidate));
  if (start + expected > deadline_seconds) return std::nullopt;
  Visit limited = visit;
  limited.max_seconds = deadline_seconds - start;
  const Result<Measurement> seen = measure(limited, stage, expected, start);
  if (!seen) {
    record_failure(visit, seen.error());
    return std::nullopt;
  }
  record(visit, stage, start, now() - start, *seen);
  report_progress(visit, stage);
  return *seen;
}

/// What a slow core did is not looked at, once it has recovered and there is time for another look,
/// which begins at `start`.
Result<Measurement> TuningRun::measure(const Visit& visit, Stage stage, double expected_seconds,
                                       double& start) {
  const double deadline = now() + visit.max_seconds;
  Result<Measurement> seen = measurer_.measure(visit);
  if (!seen || !pause_.is_slow(seen->clock_hz)) return seen;
  double reported = now();
  const auto is_interrupted = [&] {
    if (now() - reported >= kReportSeconds) {
      report_progress(visit, stage);
      reported = now();
    }
    return is_over();
  };
  if (!pause_.wait(is_interrupted) || now() + expected_seconds > deadline) return seen;
  start = now();
  Visit again = visit;
  again.max_seconds = deadline - start;
  return measurer_.measure(again);
}

void TuningRun::record(const Visit& visit, Stage stage, double start, double cost,
                       const Measurement& seen) {
  LayerState& state = layers_[visit.layer];
  CandidateRecord& record = state.records[visit.candidate];
  const double weight = 1 / noise_variance(seen);
  record.weight_sum += weight;
  record.weighted_log_sum += weight * full_log_seconds(seen);
  record.largest_fraction = std::max(record.largest_fraction, seen.fraction);
  record.visits += 1;
  if (seen.fraction >= 1 && !seen.censored)
    record.full_log_seconds.push_back(full_log_seconds(seen));

  const double runs = seen.censored ? 1 : visit.repeats;
  const double overhead = std::max(cost - runs * seen.seconds, 0.0);
  state.evaluations += 1;
  state.cost_seconds += cost;
  state.overhead_seconds +=
      (overhead - state.overhead_seconds) / static_cast<double>(state.evaluations);
  log_.push_back({.layer = visit.layer,
                  .candidate = visit.candidate,
                  .stage = stage,
                  .start_seconds = start,
                  .cost_seconds = cost,
                  .measurement = seen});
}

void TuningRun::record_failure(const Visit& visit, const Error& error) {
  if (error.code == ErrorCode::Cancelled) {
    stopped_ = true;
    return;
  }
  const Layer& layer = problem_.layers[visit.layer];
  LayerState& state = layers_[visit.layer];
  state.records[visit.candidate].failed = true;
  if (state.reference != visit.candidate) return;
  state.reference = best_runnable(layer, state);
  state.chosen = state.reference;
  if (state.reference == layer.candidates.size()) {
    failure_ = Error{ErrorCode::KernelFailed,
                     "tuning of layer '" + layer.name +
                         "': expected a candidate that runs, got none; last: " + error.message};
  }
}

void TuningRun::report_progress(const Visit& visit, Stage stage) {
  if (!options_.progress) return;
  const Progress progress{.elapsed_seconds = now(),
                          .budget_seconds = static_cast<double>(options_.budget_ms) * 1e-3,
                          .evaluations = log_.size(),
                          .layer = visit.layer,
                          .stage = stage};
  if (options_.progress(progress) == Next::Stop) stopped_ = true;
}

void TuningRun::report_settled(std::size_t layer) {
  if (!options_.settled) return;
  const double begin = measurer_.now_seconds();
  options_.settled(layer, layer_outcome(layer));
  begin_seconds_ += measurer_.now_seconds() - begin;
}

std::size_t TuningRun::draw(std::size_t bound) {
  return random_() % bound;
}

void TuningRun::shuffle(std::span<std::size_t> values) {
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[draw(i)]);
}

LayerOutcome TuningRun::layer_outcome(std::size_t layer) const {
  const LayerState& state = layers_[layer];
  const CandidateRecord& record = state.records[state.chosen];
  LayerOutcome outcome{.chosen = state.chosen,
                       .default_candidate = default_candidate(problem_.layers[layer]),
                       .gain = state.gain,
                       .log_seconds = std::log(expected_seconds(layer, state.chosen)),
                       .samples = record.visits,
                       .settled = state.raced || !stopped_,
                       .evaluations = state.evaluations,
                       .cost_seconds = state.cost_seconds};
  if (!record.full_log_seconds.empty()) outcome.log_seconds = median(record.full_log_seconds);
  if (record.full_log_seconds.size() > 1) {
    outcome.log_seconds_deviation = robust_deviation(record.full_log_seconds);
  } else if (record.weight_sum > 0) {
    outcome.log_seconds_deviation = std::sqrt(1 / record.weight_sum);
  }
  for (std::size_t i = 0; i < state.records.size(); ++i)
    outcome.candidate_log_seconds.push_back(std::log(expected_seconds(layer, i)));
  return outcome;
}

Result<TuningOutcome> TuningRun::outcome() && {
  if (failure_) return *std::move(failure_);
  TuningOutcome outcome;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    outcome.layers.push_back(layer_outcome(i));
    const double tuned_seconds = std::exp(outcome.layers[i].log_seconds) * problem_.layers[i].count;
    outcome.tuned_seconds += tuned_seconds;
    outcome.default_seconds += tuned_seconds * (1 + outcome.layers[i].gain);
  }
  outcome.evaluations = log_.size();
  outcome.elapsed_seconds = now();
  outcome.stopped = stopped_;
  outcome.log = std::move(log_);
  return outcome;
}

}  // namespace tilewright::tuner
