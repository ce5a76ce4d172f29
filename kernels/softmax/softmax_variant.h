// SPDX-License-Identifier: Apache-2.0
// The generated functions of softmax on one instruction set.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// Softmax of src(x, y) with factor `beta`, along x (rows) or along y (columns). Needs as
/// many x as lanes. Returns 0.
using SoftmaxStrip = int (*)(halide_buffer_t* src, float beta, halide_buffer_t* dst);

struct SoftmaxVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  SoftmaxStrip columns, columns_x1, columns_x4;
  SoftmaxStrip rows;
};

}  // namespace tilewright::kernels
