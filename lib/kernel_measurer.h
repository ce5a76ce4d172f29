// SPDX-License-Identifier: Apache-2.0
// Runs real kernels for the tuner: operands of the real shapes and strides, the real threads.
#pragma once

#include <optional>
#include <span>

#include "lib/trial_memory.h"
#include "lib/tuner/first_trials.h"
#include "lib/tuner/measure.h"
#include "lib/tuner/measurer.h"
#include "lib/tuning_layers.h"
#include "runtime/thread_pool.h"

namespace tilewright {

class KernelMeasurer final : public tuner::Measurer {
 public:
  /// `layers` outlive the measurer; a visit's layer and candidate are indices into them. They
  /// belong to a network with so many bytes of weights (`weights_bytes`).
  /// `first_trials`, which may be null, is told of each run and outlives the measurer too.
  KernelMeasurer(std::span<const KernelLayer> layers, std::int64_t network_weights_bytes,
                 std::int32_t threads, tuner::FirstTrials* first_trials = nullptr);
  ~KernelMeasurer() override;

  [[nodiscard]] Result<tuner::Measurement> measure(const tuner::Visit& visit) override;
  [[nodiscard]] double now_seconds() override;
  [[nodiscard]] double clock_hz() override;
  void wait(double seconds) override;

 private:
  std::span<const KernelLayer> layers_;
  std::int32_t threads_;
  std::optional<runtime::ThreadPool> pool_;
  tuner::Timer timer_;
  TrialMemory memory_;
  tuner::FirstTrials* first_trials_;
};

}  // namespace tilewright
