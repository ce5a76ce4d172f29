// SPDX-License-Identifier: Apache-2.0
// Kernels of Resize2d.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

[[nodiscard]] std::span<const Kernel> resize_kernels();

/// The oracle.
void run_resize2d_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
