// SPDX-License-Identifier: Apache-2.0
// Kernels of Softmax.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

[[nodiscard]] std::span<const Kernel> softmax_kernels();

/// The oracle.
void run_softmax_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
