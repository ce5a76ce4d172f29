// SPDX-License-Identifier: Apache-2.0
// The layers of a program: ops that are alike share one, and what is found for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright {

/// All ops of one signature.
struct KernelLayer {
  const ProgramOp* op = nullptr;  // the first of them
  std::vector<KernelChoice> candidates;
  std::string signature;
  std::size_t count = 1;
};

struct KernelLayers {
  std::vector<KernelLayer> layers;       // in the order of their first ops
  std::vector<std::size_t> layer_of_op;  // an index into `layers` per op of the program
};

/// Groups the ops of `program`, which outlives the result. Errors: those of `kernel_candidates`.
[[nodiscard]] Result<KernelLayers> kernel_layers(const Program& program, runtime::IsaMask isas,
                                                 const tuner::DeviceParameters& device);

/// Bytes of the constants of all ops of these layers, each packed by the heaviest kernel that may
/// be chosen for it: what passes through the caches between two uses of a layer's weights, at most.
[[nodiscard]] std::int64_t weights_bytes(std::span<const KernelLayer> layers);

/// Sets the threads of all candidates by the fastest one's analytic time, so that they are measured
/// and compared alike.
void set_threads(KernelLayer& layer, std::int32_t threads);

/// The layer as the tuner sees it: the same candidates, in the same order.
[[nodiscard]] tuner::Layer tuner_layer(const KernelLayer& layer,
                                       const tuner::DeviceParameters& device);

/// The index of the candidate that runs where nothing is measured: the analytic best of
/// `assumed_device`.
[[nodiscard]] std::size_t untuned_candidate(const KernelLayer& layer);

/// `layer` with the candidates that are worth a search (`tuner::worth_searching`), and the one
/// named `kept` in any case, in their order.
[[nodiscard]] KernelLayer worth_tuning(const KernelLayer& layer,
                                       const tuner::DeviceParameters& device,
                                       const std::string& kept);

}  // namespace tilewright
