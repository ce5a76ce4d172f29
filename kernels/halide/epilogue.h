// SPDX-License-Identifier: Apache-2.0
// Ends of kernels, shared by the generators.
#pragma once

#include <Halide.h>

namespace tilewright::kernels::generators {

/// min(max(x, lo), hi), but NaN stays NaN: both comparisons are false for it. All is strict, since
/// LLVM may assume of other selects that there is no NaN; a minimum and a maximum remain of it. So
/// is `x`, unless it is a function of its own.
inline Halide::Expr clamp_keep_nan(const Halide::Expr& x, const Halide::Expr& lo,
                                   const Halide::Expr& hi) {
  const Halide::Expr least = Halide::select(x > hi, hi, x);
  return Halide::strict_float(Halide::select(least < lo, lo, least));
}

}  // namespace tilewright::kernels::generators
