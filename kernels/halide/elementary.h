// SPDX-License-Identifier: Apache-2.0
// Elementary functions as expressions of IEEE operations only, for generators. A strip wraps its
// whole formula in `strict_float`: NaN and infinities then mean what they should, nothing is fused
// or reordered, and a vector, its masked tail and every instruction set give the same bits.
//
// Sigmoid and its like, which networks apply to all pixels, are not wrapped: what must not be
// reordered is strict inside them, sums of products are fused where the instruction set does that,
// and quotients may be products with a refined estimate, whose divisor must be finite.
//
// The coefficients are least-maximum fits of our own over the ranges named; the reductions of exp
// and log are those of Cody and Waite, Software Manual for the Elementary Functions, 1980. Errors
// measured against double precision are in docs/numerics.md.
#pragma once

#include <Halide.h>

#include "kernels/halide/epilogue.h"

namespace tilewright::kernels::generators {

using Halide::Expr;

inline Expr number(double value) {
  return Halide::cast<float>(Expr(value));
}

/// coefficients[0] + coefficients[1] * x + ...
inline Expr polynomial(Expr x, std::initializer_list<double> coefficients) {
  const double* c = coefficients.end();
  Expr sum = number(*--c);
  while (c != coefficients.begin())
    sum = sum * x + number(*--c);
  return sum;
}

/// Added to a float below 2^22 and subtracted again, it leaves the nearest integer; in between, the
/// low bits are that integer.
inline constexpr double kRounding = 12582912.0;  // 1.5 * 2^23

/// 2^n, for n + kRounding given, -126 <= n <= 127.
inline Expr power_of_two(Expr shifted) {
  const Expr bits = Halide::reinterpret<std::uint32_t>(shifted) << Expr(std::uint32_t{23});
  return Halide::reinterpret<float>(bits + Expr(std::uint32_t{127U << 23U}));
}

// ln 2 in two parts, the first short enough for exact products with small integers.
inline constexpr double kLog2High = 0.693359375;
inline constexpr double kLog2Low = -2.12194440e-4;

/// e^r - 1 for |r| <= ln(2) / 2.
inline Expr small_exponential_minus_1(Expr r) {
  const Expr p = polynomial(r, {0.5, 0.16666512191295624, 0.0416661873459816, 0.008369598537683487,
                                0.0013951713917776942});
  return r * r * p + r;
}

/// e^x = 2^n * e^r with |r| <= ln(2) / 2. The power is applied in two halves, so that it reaches
/// infinity and 0. 1.1 units in the last place.
inline Expr exponential(Expr x) {
  const Expr bounded = clamp_keep_nan(x, number(-104), number(89));
  const Expr n = (bounded * number(1.4426950408889634) + number(kRounding)) - number(kRounding);
  const Expr half = n * number(0.5) + number(kRounding);
  const Expr rest = (n - (half - number(kRounding))) + number(kRounding);
  const Expr r = (bounded - n * number(kLog2High)) - n * number(kLog2Low);
  return (small_exponential_minus_1(r) + number(1)) * power_of_two(half) * power_of_two(rest);
}

/// The same by a single power, and always finite: x is brought into [-87.3, 88].
inline Expr bounded_exponential(Expr x) {
  const Expr bounded = clamp_keep_nan(x, number(-87.3), number(88));
  const Expr shifted =
      Halide::strict_float(bounded * number(1.4426950408889634) + number(kRounding));
  const Expr n = Halide::strict_float(shifted - number(kRounding));
  const Expr r = Halide::strict_float((bounded - n * number(kLog2High)) - n * number(kLog2Low));
  return (small_exponential_minus_1(r) + number(1)) * power_of_two(shifted);
}

/// e^x - 1 without cancellation near 0. 3 units in the last place.
inline Expr exponential_minus_1(Expr x) {
  return Halide::select(Halide::abs(x) < number(0.34), small_exponential_minus_1(x),
                        exponential(x) - number(1));
}

/// ln x = k * ln 2 + ln(1 + f) with 1 + f in [sqrt(1/2), sqrt(2)). One unit in the last place.
inline Expr logarithm(Expr x) {
  const Expr tiny = x < number(0x1p-126);
  const Expr scaled = Halide::select(tiny, x * number(0x1p23), x);
  const Expr bits = Halide::reinterpret<std::int32_t>(scaled);
  const Expr k = (bits - Expr(0x3F3504F3)) >> Expr(23);
  const Expr f = Halide::reinterpret<float>(bits - (k << Expr(23))) - number(1);
  const Expr exponent = Halide::cast<float>(k) - Halide::select(tiny, number(23), number(0));
  const Expr z = f * f;
  const Expr p = polynomial(f, {0.3333331048488617, -0.24999986588954926, 0.20002226531505585,
                                -0.16669249534606934, 0.14218656718730927, -0.12384359538555145,
                                0.11872995644807816, -0.11789752542972565, 0.0691525936126709});
  const Expr low = (f * z * p + exponent * number(kLog2Low)) - z * number(0.5);
  const Expr finite = (f + low) + exponent * number(kLog2High);
  const Expr infinity = Expr(std::numeric_limits<float>::infinity());
  const Expr not_a_number = Expr(std::numeric_limits<float>::quiet_NaN());
  const Expr positive = Halide::select(x < infinity, finite, x);
  return Halide::select(x > number(0), positive,
                        Halide::select(x == number(0), -infinity, not_a_number));
}

/// 1 / (1 + e^-x), 0 below -88. 3.2 units in the last place.
inline Expr sigmoid(Expr x) {
  const Expr quotient = number(1) / (number(1) + bounded_exponential(-x));
  return Halide::select(Halide::strict_float(x < number(-88)), number(0), quotient);
}

/// Odd polynomial near 0, else 1 - 2 / (e^2x + 1). 1.4 units in the last place.
inline Expr hyperbolic_tangent(Expr x) {
  const Expr magnitude = Halide::abs(x);
  const Expr z = x * x;
  const Expr p = polynomial(z, {-0.3333328366279602, 0.13331490755081177, -0.05374348908662796,
                                0.02065056376159191, -0.0057170214131474495});
  const Expr large =
      number(1) - number(2) / (bounded_exponential(magnitude + magnitude) + number(1));
  return Halide::select(magnitude < number(0.625), x + x * (z * p),
                        Halide::select(x < number(0), -large, large));
}

/// Odd polynomial up to 1, else 1 - e^-x^2 * q(1 / (1 + x / 2)). 2.4 units in the last place.
inline Expr error_function(Expr x) {
  const Expr magnitude = Halide::abs(x);
  const Expr bounded = Halide::select(magnitude > number(4), number(4), magnitude);
  const Expr z = bounded * bounded;
  const Expr small =
      bounded * polynomial(z, {1.1283791065216064, -0.3761262595653534, 0.11283600330352783,
                               -0.026854444295167923, 0.005189535208046436, -0.0008020839304663241,
                               7.889113476267084e-05});
  const Expr t = number(1) / (number(1) + number(0.5) * bounded);
  const Expr q = polynomial(
      t, {0.0015015986282378435, 0.2630767226219177, 0.3820539712905884, -0.03021770529448986,
          0.5921043753623962, -0.19995251297950745, -0.008868416771292686});
  const Expr y =
      Halide::select(bounded < number(1), small, number(1) - bounded_exponential(-z) * q);
  return Halide::select(x < number(0), -y, y);
}

/// The nearest integer, ties to even. Floats from 2^23 on are integers.
inline Expr rounded(Expr x) {
  const Expr magnitude = Halide::abs(x);
  const Expr nearest = (magnitude + number(0x1p23)) - number(0x1p23);
  const Expr y = Halide::select(x < number(0), -nearest, nearest);
  return Halide::select(magnitude < number(0x1p23), y, x);
}

inline Expr rounded_down(Expr x) {
  const Expr nearest = rounded(x);
  return Halide::select(nearest > x, nearest - number(1), nearest);
}

inline Expr rounded_up(Expr x) {
  const Expr nearest = rounded(x);
  return Halide::select(nearest < x, nearest + number(1), nearest);
}

/// The larger of both, NaN if either is.
inline Expr larger(Expr a, Expr b) {
  return Halide::select(Halide::is_nan(b), b, Halide::select(a < b, b, a));
}
/// The smaller of both, NaN if either is.
inline Expr smaller(Expr a, Expr b) {
  return Halide::select(Halide::is_nan(b), b, Halide::select(b < a, b, a));
}

}  // namespace tilewright::kernels::generators
