// SPDX-License-Identifier: Apache-2.0
// Ends of kernels, shared by the generators.
#pragma once

#include <Halide.h>

namespace tilewright::kernels::generators {

/// min(max(x, lo), hi), but NaN stays NaN: both comparisons are false for it. They are strict, and
/// the choice is between bits, since LLVM may assume of Halide's float selects that there is no
/// NaN.
inline Halide::Expr clamp_keep_nan(const Halide::Expr& x, const Halide::Expr& lo,
                                   const Halide::Expr& hi) {
  using Halide::reinterpret;
  const Halide::Expr bits = Halide::select(
      Halide::strict_float(x > hi), reinterpret<std::int32_t>(hi), reinterpret<std::int32_t>(x));
  return reinterpret<float>(
      Halide::select(Halide::strict_float(x < lo), reinterpret<std::int32_t>(lo), bits));
}

}  // namespace tilewright::kernels::generators
