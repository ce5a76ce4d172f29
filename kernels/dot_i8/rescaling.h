// SPDX-License-Identifier: Apache-2.0
// What scales and zero points of operands do to the sums of int8 kernels. Kernels pack it with
// their weights, so that plans and the runtime need no scales.
//
//   dst = min(max(round(sum * multiplier), lo), hi) + zero_point
//   multiplier = scale of x * scale of the weights' column / scale of dst
//
// All in float32, halves rounded to even: every kernel gives the same bits. TensorFlow Lite
// multiplies by 31 bits of the multiplier and rounds halves away from zero, so that its results may
// differ by 1. An operand without scales holds the numbers themselves: scale 1, zero point 0.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

struct Rescaling {
  float lo, hi;             // of dst: its type and its activation, the zero point taken off
  std::int32_t zero_point;  // of dst
  std::int32_t src_zero_point;
};

/// Whether x, weights, bias and dst are int8, int8, int32 and int8, quantised in a way that kernels
/// compute: x and dst as a whole, weights as a whole or by column, symmetrically; the activation a
/// clamp.
[[nodiscard]] bool is_rescalable(const Call& call, const Activation& activation);

[[nodiscard]] Rescaling rescaling_of(const Call& call, const Activation& activation);
[[nodiscard]] float multiplier_of(const Call& call, std::int64_t column);

/// The formula above.
[[nodiscard]] std::int8_t rescaled(std::int32_t sum, float multiplier, const Rescaling& rescaling);

/// The activation of a Conv2d or FullyConnected.
[[nodiscard]] const Activation& dense_activation(const Op& op);

}  // namespace tilewright::kernels
