// SPDX-License-Identifier: Apache-2.0
// The one loop under all data movement: copy between two strided views, whatever the strides.
#pragma once

#include "kernels/loop_nest.h"

namespace tilewright::kernels {

/// Copies every element of `nest`; operand 0 is `dst`, operand 1 `src`. The strides of `dst` are
/// above 0, those of `src` are any: 0 repeats, below 0 goes backwards. Contiguous runs are copied
/// whole, transposed pairs of loops by tiles.
void copy_nest(const LoopNest& nest, std::byte* dst, const std::byte* src,
               std::int64_t element_bytes);

/// Sets every element of `nest`, of operand 0 only, to `value`.
void fill_nest(const LoopNest& nest, std::byte* dst, const std::array<std::byte, 8>& value,
               std::int64_t element_bytes);

}  // namespace tilewright::kernels
