// SPDX-License-Identifier: Apache-2.0
// The generated functions of the Winograd family, and which of them work together.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// src(c, x, y), planes(c, u, v, tile): the formulas are in generator.cpp. src has one vector of
/// channels at least. Returns 0.
struct WinogradInput {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  std::int32_t outputs;  // of a tile, along each axis
  int (*transform)(halide_buffer_t* src, halide_buffer_t* planes);
};

/// sums(c, u, v, tile), bias(c), lo, hi, dst(c, x, y, tile), and before dst an addend of its form
/// that may be dst. Whole vectors of channels.
struct WinogradOutput {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  std::int32_t outputs;
  int (*add)(halide_buffer_t* sums, halide_buffer_t* bias, float lo, float hi,
             halide_buffer_t* addend, halide_buffer_t* dst);
  int (*start)(halide_buffer_t* sums, halide_buffer_t* bias, float lo, float hi,
               halide_buffer_t* dst);
};

/// A kernel: the transforms of `outputs` outputs a side around the dot kernel of a tile.
struct WinogradVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  std::int32_t mr, nr;  // the tile of the dot kernel
  std::int32_t outputs;
};

}  // namespace tilewright::kernels
