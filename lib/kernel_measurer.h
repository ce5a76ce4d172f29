// SPDX-License-Identifier: Apache-2.0
// Runs real kernels for the tuner: operands of the real shapes and strides, the real weights, the
// real threads.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/tuner/measure.h"
#include "lib/tuner/measurer.h"
#include "runtime/executor.h"
#include "runtime/flat_plan.h"
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
  /// One candidate made ready to run: a plan of one step with memory of its own.
  struct Prepared;
  /// Errors: ResourceExhausted, if the machine has no memory for it.
  [[nodiscard]] Result<Prepared*> prepare(std::size_t layer, std::size_t candidate);
  [[nodiscard]] static Status fill_memory(const ProgramOp& op, std::int64_t constants_bytes,
                                          Prepared& prepared);

  std::span<const MeasuredLayer> layers_;
  std::int32_t threads_;
  std::optional<runtime::ThreadPool> pool_;
  tuner::Timer timer_;
  std::vector<std::unique_ptr<Prepared>> recent_;  // the most recently used last
};

}  // namespace tilewright
