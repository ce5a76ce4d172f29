// SPDX-License-Identifier: Apache-2.0
// The generated functions of the depthwise family.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// src, taps, bias, lo, hi, dst: the formula is in generator.cpp. Returns 0.
using DepthwiseFunction = int (*)(halide_buffer_t* src, halide_buffer_t* taps,
                                  halide_buffer_t* bias, float lo, float hi, halide_buffer_t* dst);

/// Windows of one size and stride that stay inside src, in tiles of outputs; or the same part of
/// windows that reach into the padding. The output must hold a tile of a block of channels at
/// least.
struct DepthwiseVariant {
  std::string_view name;
  Isa isa;
  std::int32_t filter_h, filter_w;  // the taps that its windows have
  std::int32_t lanes;
  std::int32_t order;  // of the loops over tiles, from the innermost: 0 channels, columns, rows;
                       // 1 columns, rows, channels; 2 rows, channels, columns; 3 rows, columns,
                       // channels
  std::int32_t stride;
  std::int32_t tile_x;
  std::int32_t tile_y;
  std::int32_t vectors;  // lanes * vectors channels are a block
  DepthwiseFunction tile;

  [[nodiscard]] constexpr std::int64_t block() const { return std::int64_t{lanes} * vectors; }
};

/// Any number of taps at any distance. The output must hold a block of channels at least, and for
/// `taps_of_tile` tile_x columns.
struct DepthwiseAnyVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  std::int32_t tile_x;
  std::int32_t vectors;  // lanes * vectors channels are a block
  DepthwiseFunction taps, taps_of_tile;

  [[nodiscard]] constexpr std::int64_t block() const { return std::int64_t{lanes} * vectors; }
};

/// A copy of images of whole vectors of channels.
struct DepthwiseCopy {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  int (*copy)(halide_buffer_t* src, halide_buffer_t* dst);
};

}  // namespace tilewright::kernels
