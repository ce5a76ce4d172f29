// SPDX-License-Identifier: Apache-2.0
// Which kernels may be tried in which inference, so that none of them takes much longer than it
// would have untuned. No kernel, no clock: steps, rows and reported times.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tilewright/step_tuner.h"

#include "lib/tuner/in_situ_race.h"

namespace tilewright::tuner {

struct InSituCandidate {
  double expected_log_ratio = 0;  // log(time / time of the layer's candidate 0), analytic
  std::int64_t granule = 1;       // parts of the rows begin and end at multiples of it
};

/// All steps of one signature.
struct InSituLayer {
  std::vector<InSituCandidate> candidates;  // first what runs untuned, then in the order of trial
  std::int64_t rows = 1;
};

struct InSituProblem {
  std::vector<InSituLayer> layers;
  std::vector<std::int32_t> layer_of_step;  // -1: nothing to choose
};

/// Shares of the time of the steps that are tuned, in one inference.
struct InSituLimits {
  double expected_share = 0.10;  // that trials may be expected to add
  double worst_share = 0.20;     // that they may add if an unknown kernel is as slow as can be
  double min_gain = 0.015;       // what a kernel has to save to take over
};

/// Allocates in its constructor only. Source: docs/decisions/0031-tuning-in-inferences.md.
class InSituPolicy {
 public:
  explicit InSituPolicy(const InSituProblem& problem, const InSituLimits& limits = {});

  // Those of StepTuner.
  void begin_run();
  [[nodiscard]] StepPart next(std::size_t step, std::int64_t row_begin);
  void report(std::size_t step, std::int64_t ns);
  void end_run();
  [[nodiscard]] std::int32_t choice(std::size_t step) const;
  [[nodiscard]] TuningProgress progress() const;

  [[nodiscard]] bool is_settled(std::size_t layer) const { return races_[layer].is_settled(); }
  [[nodiscard]] std::int32_t layer_choice(std::size_t layer) const {
    return races_[layer].incumbent();
  }
  /// Nanoseconds that trials have added to this run so far.
  [[nodiscard]] double spent_ns() const { return spent_ns_; }
  /// Of one step of the layer with its choice: median time (0 before it ran), deviation of its
  /// logarithm, and how often it was timed.
  [[nodiscard]] double layer_ns(std::size_t layer) const;
  [[nodiscard]] double layer_deviation(std::size_t layer) const;
  [[nodiscard]] std::uint32_t layer_samples(std::size_t layer) const;

 private:
  static constexpr std::size_t kRecent = 5;

  /// How one step ran in the inference at hand, and how long its choice took lately.
  struct StepState {
    std::int32_t layer = -1;
    std::array<double, kRecent> recent_ns{};
    std::size_t seen = 0;
    double choice_ns = 0;  // median of the recent
    // of this run
    StepPart part;
    std::int64_t row_begin = 0;
    std::int64_t trial_rows = 0;
    double trial_ns = 0;
    double total_ns = 0;
    bool was_stopped = false;
  };

  [[nodiscard]] std::int64_t trial_rows(const StepState& state, double worst_ns) const;
  [[nodiscard]] bool has_room(double expected_ns, double worst_ns) const;
  [[nodiscard]] bool may_go_on(StepState& state);
  void add_choice_time(StepState& state, double ns);
  void scale_times(std::size_t layer, double factor);

  std::vector<InSituLayer> layers_;
  std::vector<InSituRace> races_;
  std::vector<StepState> steps_;
  std::vector<std::vector<std::size_t>> steps_of_layer_;
  std::vector<InSituLook> looks_;
  InSituLimits limits_;
  double all_ns_ = 0;  // of the tuned steps with their choices
  double spent_ns_ = 0;
  std::int64_t runs_ = 0;
  std::int64_t trials_ = 0;
};

}  // namespace tilewright::tuner
