// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution: each output channel reads one input channel.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// DepthwiseConv2d.
[[nodiscard]] std::span<const Kernel> depthwise_kernels();

}  // namespace tilewright::kernels
