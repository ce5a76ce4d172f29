// SPDX-License-Identifier: Apache-2.0
// The generated functions of resizing on one instruction set.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// One line of output pixels, between two lines of the input: cells(x, 0) and cells(x, 1) are the
/// two columns that pixel x reads, cells(x, 2) is the weight of the second. Returns 0.
using BilinearLine = int (*)(halide_buffer_t* top, halide_buffer_t* bottom, halide_buffer_t* cells,
                             float bottom_weight, halide_buffer_t* dst);

struct ResizeVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  BilinearLine bilinear;
};

}  // namespace tilewright::kernels
