// SPDX-License-Identifier: Apache-2.0
// Which kernels can compute an op here, and how long each should take by the analytic model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/status.h"

#include "kernels/kernel.h"
#include "lib/lowering.h"
#include "lib/tuner/device_probe.h"
#include "runtime/cpu_features.h"
#include "runtime/step_cut.h"

namespace tilewright {

struct KernelChoice {
  const kernels::Kernel* kernel = nullptr;
  kernels::KernelConfig config;
  double log_seconds = 0;  // analytic, of one worker, or measured, of all its shares together
  std::vector<KernelChoice> producers = {};  // of an op with producers, one for each
  std::int64_t strip_rows = 0;               // of the output, per strip; 0 without producers
  std::int32_t threads = 0;  // that share it, if there are as many; 0: whatever is worth it by
                             // `log_seconds`, an analytic one
  std::optional<runtime::Sharing> sharing = {};  // of these threads: what was measured to be
                                                 // faster than one part each
};

/// How many of `threads` an op should be shared by that takes one worker so long: all or one.
[[nodiscard]] std::int32_t worthwhile_threads(double seconds, std::int32_t threads);

/// How `threads` share the op of `choice`, whose kernel can be cut so.
[[nodiscard]] runtime::Sharing sharing_of(const KernelChoice& choice, const runtime::StepCuts& cuts,
                                          std::int32_t threads);

/// Every kernel of `isas` and configuration that computes `op`, in the registry's order; never
/// empty. Reference kernels stand only where nothing else does.
///
/// Errors: Unsupported, "node 'stem': conv2d: expected a kernel for int16 1x8x8x3, got none".
[[nodiscard]] Result<std::vector<KernelChoice>> kernel_candidates(
    const ProgramOp& op, runtime::IsaMask isas, const tuner::DeviceParameters& device);

/// Leaves the candidates whose kernels are exact. Whether there were others.
bool keep_exact(std::vector<KernelChoice>& candidates);

/// The candidate of least analytic time, the first of equals.
[[nodiscard]] KernelChoice best_candidate(const std::vector<KernelChoice>& candidates);

/// `dot_f32_14x32_avx512/1.4.0.0`: kernel and configuration, as the tuning cache names them.
[[nodiscard]] std::string candidate_name(const KernelChoice& choice);

/// Everything that decides how fast an op runs, without names: op, attributes, operand types,
/// shapes and strides. Equal signatures are tuned once, and share entries of the cache between
/// models.
[[nodiscard]] std::string signature(const ProgramOp& op);

}  // namespace tilewright
