// SPDX-License-Identifier: Apache-2.0
// How a session tunes itself while it runs: before each part of a step it asks a tuner which kernel
// computes it, and says afterwards how long that took.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tilewright/status.h"

namespace tilewright {

/// How far tuning inside inferences has come.
struct TuningProgress {
  std::int64_t runs = 0;            // that were used for tuning
  std::int32_t layers = 0;          // with more than one kernel to choose from
  std::int32_t settled_layers = 0;  // whose choice is final
  std::int64_t trials = 0;          // times that a step ran, in whole or part, by a kernel on trial
  double gain = 0;  // time of an inference as it began over that with the choices so far, less 1
};

/// Rows [where it begins, `row_end`) of a step, by one of its kernels.
struct StepPart {
  std::int32_t kernel = 0;  // 0 is the plan's own
  std::int64_t row_end = 0;
  bool is_timed = false;  // whether `report` is wanted
};

/// Chooses kernels during runs. One session owns it and calls it on one thread at a time; after it
/// was made nothing but `save` allocates.
class StepTuner {
 public:
  StepTuner() = default;
  StepTuner(const StepTuner&) = delete;
  StepTuner& operator=(const StepTuner&) = delete;
  virtual ~StepTuner() = default;

  virtual void begin_run() = 0;
  /// What computes `step` from `row_begin` on; asked again until `row_end` is the last. Ends of
  /// parts are where both kernels beside them may begin and end.
  [[nodiscard]] virtual StepPart next(std::size_t step, std::int64_t row_begin) = 0;
  /// How long the last part of `next` took.
  virtual void report(std::size_t step, std::int64_t ns) = 0;
  /// After the last step; not called for a run that was cancelled.
  virtual void end_run() = 0;

  /// The kernel that computes `step` now, trials aside.
  [[nodiscard]] virtual std::int32_t choice(std::size_t step) const = 0;
  [[nodiscard]] virtual TuningProgress progress() const = 0;
  /// Keeps what was found so far; see `Session::save_tuning`.
  [[nodiscard]] virtual Status save() = 0;
};

/// Part of a plan; makes the tuner of each of its sessions. Any thread.
class StepTunerFactory {
 public:
  StepTunerFactory() = default;
  StepTunerFactory(const StepTunerFactory&) = delete;
  StepTunerFactory& operator=(const StepTunerFactory&) = delete;
  virtual ~StepTunerFactory() = default;

  [[nodiscard]] virtual std::unique_ptr<StepTuner> make() const = 0;
};

}  // namespace tilewright
