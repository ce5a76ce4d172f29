// SPDX-License-Identifier: Apache-2.0
// Kernels of normalisations: LocalResponseNorm and LayerNorm.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

[[nodiscard]] std::span<const Kernel> norm_kernels();

/// The oracles.
void run_local_response_norm_reference(const KernelArgs& args);
void run_layer_norm_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
