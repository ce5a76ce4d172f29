// SPDX-License-Identifier: Apache-2.0
// Kernels that move elements without computing: they work for every dtype, by its size. Also Cast.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Transpose, Reshape, Broadcast, Concat, Slice, Pad, Gather, DepthToSpace, SpaceToDepth, Cast.
[[nodiscard]] std::span<const Kernel> copy_kernels();

/// The bytes of one element with the value of a `Pad`: saturated to the range of an integer dtype,
/// truncated towards zero. Float16 holds zero only; `pad_value_fits` says so.
[[nodiscard]] std::array<std::byte, 8> pad_element(DType dtype, float value);
[[nodiscard]] bool pad_value_fits(DType dtype, float value);

}  // namespace tilewright::kernels
