// SPDX-License-Identifier: Apache-2.0
// Winograd's convolution: fewer multiplications than the op has, at the price of rounding errors
// that docs/numerics.md bounds.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Conv2d of 3x3, stride 1, dilation 1, one group.
[[nodiscard]] std::span<const Kernel> winograd_kernels();

/// Outputs along an axis of the tiles that `kernel` makes whole, the first of which begins with the
/// image; 0 of any other kernel.
[[nodiscard]] std::int64_t winograd_outputs(const Kernel& kernel);

}  // namespace tilewright::kernels
