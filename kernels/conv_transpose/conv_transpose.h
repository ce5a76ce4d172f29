// SPDX-License-Identifier: Apache-2.0
// Transposed convolution: its oracle. The fast kernels are those of the dot family.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// ConvTranspose2d in plain loops.
[[nodiscard]] std::span<const Kernel> conv_transpose_kernels();

}  // namespace tilewright::kernels
