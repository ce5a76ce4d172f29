// SPDX-License-Identifier: Apache-2.0
// One generated kernel of int8 products: a register tile on an instruction set.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// weights(p, j, k, jt), bias(j, jt), scale(j, jt), lo, hi, zero_point, src(p, i, k, it),
/// dst(j, i, jt, it): the formula is in generator.cpp. Returns 0.
using DotI8Function = int (*)(halide_buffer_t* weights, halide_buffer_t* bias,
                              halide_buffer_t* scale, float lo, float hi, std::int32_t zero_point,
                              halide_buffer_t* src, halide_buffer_t* dst);

struct DotI8Variant {
  std::string_view name;
  Isa isa;
  bool flips;             // packed src is unsigned: 128 is added to it
  std::int32_t lanes;     // sums of a vector
  std::int32_t mr;        // rows of the tile
  std::int32_t nr;        // columns of the tile
  std::int32_t products;  // that a step adds to a sum: 4 of bytes, 2 of 16 bits
  DotI8Function direct;   // src is the tensor's own
  DotI8Function packed;   // src is in the form of the instruction

  /// Bytes of an element of packed src.
  [[nodiscard]] std::int64_t packed_bytes() const { return products == 2 ? 2 : 1; }
};

}  // namespace tilewright::kernels
