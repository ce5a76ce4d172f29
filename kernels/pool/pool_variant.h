// SPDX-License-Identifier: Apache-2.0
// The generated functions of pooling on one instruction set.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// dst(c, x) = clamp(f of src(c, kx, ky, x) over kx, ky, lo, hi): f is the maximum, or the sum
/// divided by `count`. Needs as many channels as lanes. Returns 0.
using WindowStrip = int (*)(halide_buffer_t* src, float count, float lo, float hi,
                            halide_buffer_t* dst);

/// The functions of one kind of pooling: any window, windows of 2 x 2 and 3 x 3 unrolled, any
/// window for few channels, by vectors of 4 and one by one, and any for many, by blocks of 32.
struct PoolVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  WindowStrip average, average_2x2, average_3x3, average_x1, average_x32, average_x4;
  WindowStrip max, max_2x2, max_3x3, max_x1, max_x32, max_x4;
};

}  // namespace tilewright::kernels
