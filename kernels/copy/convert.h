// SPDX-License-Identifier: Apache-2.0
// Conversion of one element: the rules of Cast and of the value of Pad.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace tilewright::kernels {

/// The bits of an IEEE half-precision number.
enum class Half : std::uint16_t {};

[[nodiscard]] inline float to_float(Half half) {
  const auto bits = static_cast<std::uint32_t>(half);
  const std::uint32_t sign = (bits & 0x8000U) << 16;
  const std::uint32_t exponent = (bits >> 10) & 0x1FU;
  const std::uint32_t mantissa = bits & 0x3FFU;
  if (exponent == 0) {  // zero and subnormal halves, which are normal floats
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide_exponent = exponent == 0x1FU ? 0xFFU : exponent + 112U;
  return std::bit_cast<float>(sign | (wide_exponent << 23) | (mantissa << 13));
}

/// Floating point to integer truncates towards zero and saturates; NaN gives 0. Integer to a
/// narrower integer keeps the low bits. To bool: whether it differs from zero.
template <typename To, typename From>
[[nodiscard]] To convert(From value) {
  if constexpr (std::is_same_v<From, Half>) {
    return convert<To>(to_float(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{0};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // -min is a power of two, hence exact: the first value above the range.
    constexpr From above = -static_cast<From>(std::numeric_limits<To>::min()) +
                           (std::is_unsigned_v<To> ? From{256} : From{0});
    if (std::isnan(value)) return To{0};
    if (value >= above) return std::numeric_limits<To>::max();
    if (value <= static_cast<From>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace tilewright::kernels
