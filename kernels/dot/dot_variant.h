// SPDX-License-Identifier: Apache-2.0
// One generated dot kernel: a register tile on an instruction set.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// src(i, k1, k2, k3, it), weights(j, k1, k2, k3, jt), bias(j, jt), columns of all panels, lo, hi,
/// dst(j, i, jt, it): the formula is in generator.cpp. Returns 0.
using DotStart = int (*)(halide_buffer_t* src, halide_buffer_t* weights, halide_buffer_t* bias,
                         std::int32_t columns, float lo, float hi, halide_buffer_t* dst);
/// The same plus `addend`, which has the form of dst and may be dst.
using DotAdd = int (*)(halide_buffer_t* src, halide_buffer_t* weights, halide_buffer_t* bias,
                       std::int32_t columns, float lo, float hi, halide_buffer_t* addend,
                       halide_buffer_t* dst);

struct DotVariant {
  std::string_view name;
  Isa isa;
  std::int32_t depth = 1;  // elements of k1 that lie, and are summed, side by side for each column
  std::int32_t lanes;      // elements of a vector
  bool masked;             // the last panel may be narrower than nr
  std::int32_t mr;         // rows of the tile
  std::int32_t nr;         // columns of the tile
  std::int32_t src_row = 0;  // elements from a row of src to the next; 0: any
  DotAdd add = nullptr;      // null if the tile cannot begin with an addend
  DotStart start;
  // The same for weights that come from beyond the second-level cache; null: no other function.
  DotAdd far_add = nullptr;
  DotStart far_start = nullptr;
};

}  // namespace tilewright::kernels
