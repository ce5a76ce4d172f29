// SPDX-License-Identifier: Apache-2.0
// Ends of kernels, shared by the generators.
#pragma once

#include <Halide.h>

namespace tilewright::kernels::generators {

/// min(max(x, lo), hi), but NaN stays NaN: both comparisons are false for it. `strict` comparisons
/// keep LLVM from assuming that there are no NaNs.
inline Halide::Expr clamp_keep_nan(Halide::Expr x, Halide::Expr lo, Halide::Expr hi) {
  const Halide::Expr below = Halide::strict_float(x < lo);
  const Halide::Expr above = Halide::strict_float(x > hi);
  return Halide::select(below, lo, Halide::select(above, hi, x));
}

}  // namespace tilewright::kernels::generators
