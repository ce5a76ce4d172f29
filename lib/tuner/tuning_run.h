// SPDX-License-Identifier: Apache-2.0
// The state of one tuning: what was seen of every candidate, what it cost, and how much time is
// left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "lib/tuner/clock_pause.h"
#include "lib/tuner/measurer.h"
#include "lib/tuner/tune.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// Observations of one candidate, summed with the inverse of their noise variance as weight.
struct CandidateRecord {
  double weight_sum = 0;
  double weighted_log_sum = 0;
  double largest_fraction = 0;  // seen so far
  std::size_t visits = 0;
  bool failed = false;
  std::vector<double> full_log_seconds;  // of the visits at full size

  [[nodiscard]] double log_seconds() const { return weighted_log_sum / weight_sum; }
};

struct LayerState {
  std::size_t reference = 0;  // the default; another one if that fails to run
  std::vector<CandidateRecord> records;
  std::vector<double> estimates;  // log seconds by the search's own model; what the race ranks by
  std::size_t evaluations = 0;
  double cost_seconds = 0;
  double overhead_seconds = 0;  // mean over visits of what they cost beside their runs
  std::size_t chosen = 0;
  double gain = 0;
  bool raced = false;
};

/// Variance of the log of a measured full-size time, from the sample's own spread, the noise every
/// visit has and the bias of slices. A censored one is vague.
[[nodiscard]] double noise_variance(const Measurement& measurement);

/// Log of the full-size seconds that a measurement stands for.
[[nodiscard]] double full_log_seconds(const Measurement& measurement);

/// Runs within a visit: three, fewer where one run takes milliseconds.
[[nodiscard]] int repeats_for(double run_seconds);

class TuningRun {
 public:
  /// All of them outlive the run. `problem` is verified.
  TuningRun(const TuningProblem& problem, Measurer& measurer, const TuneOptions& options);

  [[nodiscard]] std::size_t layer_count() const { return layers_.size(); }
  [[nodiscard]] const Layer& layer(std::size_t i) const { return problem_.layers[i]; }
  [[nodiscard]] LayerState& state(std::size_t i) { return layers_[i]; }
  [[nodiscard]] const LayerState& state(std::size_t i) const { return layers_[i]; }
  [[nodiscard]] const TuneOptions& options() const { return options_; }

  /// Seconds since the tuning began.
  [[nodiscard]] double now() { return measurer_.now_seconds() - begin_seconds_; }
  /// True once the caller asked to stop or a layer has nothing left that runs.
  [[nodiscard]] bool is_over() const { return stopped_ || failure_.has_value(); }

  /// Full-size seconds to expect: measured, or analytic and shifted by what the layer's others
  /// showed.
  [[nodiscard]] double expected_seconds(std::size_t layer, std::size_t candidate) const;
  /// Full-size seconds of the layer's reference times its count: its weight in an inference.
  [[nodiscard]] double weight(std::size_t layer) const;
  /// What a visit is expected to cost, overhead included.
  [[nodiscard]] double visit_seconds(const Visit& visit, double full_seconds) const;

  /// Visits a candidate if that is expected to end before `deadline_seconds` (on the clock of
  /// `now`). Nothing comes back if it would not, if the candidate fails, or if the run is over.
  std::optional<Measurement> visit(const Visit& visit, Stage stage, double deadline_seconds);

  /// Tells the caller that nothing of the layer will change.
  void report_settled(std::size_t layer);

  /// A number in [0, `bound`), the same on all machines.
  [[nodiscard]] std::size_t draw(std::size_t bound);
  void shuffle(std::span<std::size_t> values);

  [[nodiscard]] Result<TuningOutcome> outcome() &&;

 private:
  [[nodiscard]] Result<Measurement> measure(const Visit& visit, Stage stage,
                                            double expected_seconds, double& start);
  void record(const Visit& visit, Stage stage, double start, double cost, const Measurement& seen);
  void record_failure(const Visit& visit, const Error& error);
  [[nodiscard]] LayerOutcome layer_outcome(std::size_t layer) const;
  void report_progress(const Visit& visit, Stage stage);

  const TuningProblem& problem_;
  Measurer& measurer_;
  const TuneOptions& options_;
  double begin_seconds_;
  ClockPause pause_;
  std::vector<LayerState> layers_;
  std::vector<Evaluation> log_;
  std::mt19937_64 random_;
  std::optional<Error> failure_;
  bool stopped_ = false;
};

}  // namespace tilewright::tuner
