// SPDX-License-Identifier: Apache-2.0
// Kernels that compute each element of the output from one element of each input. All of them may
// write over an input that has the output's shape and strides.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Activate, Unary, Binary.
[[nodiscard]] std::span<const Kernel> elementwise_kernels();

}  // namespace tilewright::kernels
