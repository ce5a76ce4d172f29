// SPDX-License-Identifier: Apache-2.0
// The generated strips of the elementwise family on one instruction set. The formulas are in
// generator.cpp. All of them return 0, and may be given an input as `dst`.
#pragma once

#include <string_view>

#include "kernels/kernel.h"

struct halide_buffer_t;

namespace tilewright::kernels {

/// dst(x, y) = f(src(x, y)); what alpha and beta mean is the function's own.
using Strip = int (*)(halide_buffer_t* src, float alpha, float beta, halide_buffer_t* dst);

/// dst(x, y) = clamp(f(a(x, y), b(x, y)), lo, hi); an operand called scalar is read at x = 0.
using PairStrip = int (*)(halide_buffer_t* a, halide_buffer_t* b, float lo, float hi,
                          halide_buffer_t* dst);

struct ActivateVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  Strip clamp;  // between alpha and beta
  Strip elu;    // with factor alpha
  Strip gelu, gelu_tanh;
  Strip hard_sigmoid;  // of alpha * x + beta
  Strip hard_swish;
  Strip leaky_relu;  // with slope alpha
  Strip sigmoid;
  Strip silu;
  Strip tanh;
};

struct UnaryVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  Strip abs, ceil, erf, exp, floor, log, neg, reciprocal, round, rsqrt, sqrt, square;
};

/// `add_scalar` has one value of b per row, `scalar_sub` one of a.
struct BinaryVariant {
  std::string_view name;
  Isa isa;
  std::int32_t lanes;
  PairStrip add, add_scalar;
  PairStrip div, div_scalar;
  PairStrip max, max_scalar;
  PairStrip min, min_scalar;
  PairStrip mul, mul_scalar;
  PairStrip scalar_div, scalar_sub;
  PairStrip squared_difference, squared_difference_scalar;
  PairStrip sub, sub_scalar;
};

}  // namespace tilewright::kernels
