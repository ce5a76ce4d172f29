// SPDX-License-Identifier: Apache-2.0
// Kernels of LocalResponseNorm.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

[[nodiscard]] std::span<const Kernel> norm_kernels();

/// The oracle.
void run_local_response_norm_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
