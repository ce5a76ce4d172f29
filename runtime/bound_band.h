// SPDX-License-Identifier: Apache-2.0
// The bands of a step with split operands, with addresses instead of offsets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/flat_plan.h"
#include "runtime/mover.h"
#include "runtime/step_cut.h"

namespace tilewright::runtime {

/// Bytes that a band brings into the stage, or out of it.
struct StageCopy {
  std::byte* to = nullptr;
  const std::byte* from = nullptr;
  std::int64_t bytes = 0;
};

/// Rows of a step that are made at once; see `runtime/split_steps.h`.
struct BoundBand {
  CutRange rows;
  std::vector<kernels::TensorRef> src;
  kernels::TensorRef dst;
  std::vector<StageCopy> before;
  std::vector<StageCopy> after;
};

/// What a step without split operands would run on.
struct BandOperands {
  std::span<const kernels::TensorRef> src;
  kernels::TensorRef dst;
  std::byte* scratch = nullptr;
};

/// The bands of a checked step, in order; none for a step without split operands. Allocates.
[[nodiscard]] std::vector<BoundBand> bind_bands(const FlatPlan& plan, const Step& step,
                                                const BandOperands& operands,
                                                const Memories& memories);

}  // namespace tilewright::runtime
