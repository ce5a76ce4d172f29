// SPDX-License-Identifier: Apache-2.0
// Dense products: convolution, transposed convolution, fully connected layers and matrix products,
// all by one register-tiled kernel.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Conv2d, ConvTranspose2d, FullyConnected, MatMul.
[[nodiscard]] std::span<const Kernel> dot_kernels();

}  // namespace tilewright::kernels
