// SPDX-License-Identifier: Apache-2.0
// The generated functions of normalisations on one instruction set.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// dst(c) = src(c) / (bias + alpha * sum of padded(c + j)^2 over j < size) ^ beta. `padded` is src
/// after (size - 1) / 2 zeros, and goes on with zeros for size / 2 elements and one vector. Returns
/// 0.
using LocalResponseRow = int (*)(halide_buffer_t* src, halide_buffer_t* padded, std::int32_t size,
                                 float alpha, float beta, float bias, halide_buffer_t* dst);

struct NormVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  LocalResponseRow local_response;
};

/// dst(c, y) = (src(c, y) - mean) / sqrt(variance + epsilon) * scale(c) + bias(c), over each line
/// y. Needs as many c as lanes. Returns 0.
using LayerNormRows = int (*)(halide_buffer_t* src, halide_buffer_t* scale, halide_buffer_t* bias,
                              float epsilon, halide_buffer_t* dst);

struct LayerNormVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  LayerNormRows rows, rows_x1, rows_x4;
};

}  // namespace tilewright::kernels
