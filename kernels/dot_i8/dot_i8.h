// SPDX-License-Identifier: Apache-2.0
// Dense products of 8-bit integers: convolutions and fully connected layers of quantised tensors.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Conv2d without a residual, FullyConnected.
[[nodiscard]] std::span<const Kernel> dot_i8_kernels();

}  // namespace tilewright::kernels
