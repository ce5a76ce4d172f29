// SPDX-License-Identifier: Apache-2.0
// Kernels of Reduce: sum, mean, maximum, minimum or product over dimensions.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

[[nodiscard]] std::span<const Kernel> reduce_kernels();

/// The oracle.
void run_reduce_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
