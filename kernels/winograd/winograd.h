// SPDX-License-Identifier: Apache-2.0
// Winograd's convolution: fewer multiplications than the op has, at the price of rounding errors
// that docs/numerics.md bounds.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Conv2d of 3x3, stride 1, dilation 1, one group.
[[nodiscard]] std::span<const Kernel> winograd_kernels();

}  // namespace tilewright::kernels
