// SPDX-License-Identifier: Apache-2.0
// Kernels of Pool2d: the maximum or the average of a window.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

[[nodiscard]] std::span<const Kernel> pool_kernels();

/// The oracle.
void run_pool2d_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
