// SPDX-License-Identifier: Apache-2.0
// Runs real kernels for the tuner: operands of the real shapes and strides, the real threads.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/trial_memory.h"
#include "lib/tuner/measure.h"
#include "lib/tuner/measurer.h"
#include "runtime/thread_pool.h"

namespace tilewright {

/// What the tuner's layer and candidate indices mean.
struct MeasuredLayer {
  const ProgramOp* op = nullptr;
  std::vector<KernelChoice> candidates;
};

class KernelMeasurer final : public tuner::Measurer {
 public:
  /// `layers` must outlive the measurer.
  KernelMeasurer(std::span<const MeasuredLayer> layers, std::int32_t threads);
  ~KernelMeasurer() override;

  [[nodiscard]] Result<tuner::Measurement> measure(const tuner::Visit& visit) override;
  [[nodiscard]] double now_seconds() override;

 private:
  std::span<const MeasuredLayer> layers_;
  std::int32_t threads_;
  std::optional<runtime::ThreadPool> pool_;
  tuner::Timer timer_;
  TrialMemory memory_;
};

}  // namespace tilewright
