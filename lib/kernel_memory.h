// SPDX-License-Identifier: Apache-2.0
// Kernels and memory solved together: which kernel every op takes when not all the scratch of the
// fastest ones fits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tilewright/compile.h"

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/tune_model.h"
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

/// A plan of a curve of latency over memory.
struct LatencyMemoryPoint {
  std::vector<KernelChoice> choices;  // one per op of the program
  double seconds = 0;                 // of all kernels of an inference
  double least_seconds = 0;           // no choice within the same arena takes less
  bool proven_fastest = false;
  std::size_t slower_kernels = 0;  // ops whose kernel is not the fastest one
  scheduler::Solution solution;
};

/// What each byte of memory buys: the fastest kernels of the model with their exact plan, and all
/// choices that need less memory and more time; the last needs the least. Times are those that the
/// tuning cache and `options.tuning` give, else the analytic ones. Ops run one after the other,
/// whatever `options.fusion` says. Errors: those of `compile`.
[[nodiscard]] Result<std::vector<LatencyMemoryPoint>> latency_memory_curve(
    const Model& model, const CompileOptions& options);

}  // namespace tilewright
