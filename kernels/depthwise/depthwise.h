// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution: each output channel reads one input channel.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// DepthwiseConv2d.
[[nodiscard]] std::span<const Kernel> depthwise_kernels();

/// The variant behind a kernel of tiles; null if `kernel` is of another kind or family.
[[nodiscard]] const struct DepthwiseVariant* depthwise_variant(const Kernel& kernel);

}  // namespace tilewright::kernels
