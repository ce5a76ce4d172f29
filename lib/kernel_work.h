// SPDX-License-Identifier: Apache-2.0
// The work of an op by one kernel, as the analytic cost model counts it.
#pragma once

#include <optional>

#include "lib/kernel_choice.h"
#include "lib/tuner/cost_model.h"

namespace tilewright {

/// The matrix products behind an op and how a kernel of the dot families cuts them.
struct DotWork {
  tuner::DotShape shape;
  tuner::DotTiling tiling;
  std::int64_t count = 1;  // of equal products
};

/// None if `choice` is no kernel of the dot families.
[[nodiscard]] std::optional<DotWork> dot_work(const ProgramOp& op, const KernelChoice& choice);

/// None if `choice` is no kernel of the depthwise family.
[[nodiscard]] std::optional<tuner::DepthwiseWork> depthwise_work(const ProgramOp& op,
                                                                 const KernelChoice& choice);

/// What any op reads, writes and computes.
[[nodiscard]] tuner::Traffic traffic(const ProgramOp& op, const KernelChoice& choice);

}  // namespace tilewright
