// SPDX-License-Identifier: Apache-2.0
// The candidates of a program's ops as options of the planner, which weighs time against scratch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/tuning_layers.h"
#include "scheduler/options/op_options.h"

namespace tilewright {

/// The options of every op of `program` for the planner: the candidates of its layer, in their
/// order, with their times and the scratch of `threads` workers.
[[nodiscard]] scheduler::OpOptions kernel_options(const Program& program,
                                                  const KernelLayers& layers, std::int32_t threads);

/// The candidate that `picks` names for each op.
[[nodiscard]] std::vector<KernelChoice> picked_kernels(const KernelLayers& layers,
                                                       const std::vector<std::size_t>& picks);

/// Ops of `a` that have another kernel or configuration in `b`.
[[nodiscard]] std::size_t count_differences(const std::vector<KernelChoice>& a,
                                            const std::vector<KernelChoice>& b);

}  // namespace tilewright
