// SPDX-License-Identifier: Apache-2.0
// The formulas of the activations, of one element: the oracle of every fast strip. Computed in
// double and rounded once; a NaN stays one.
#pragma once

#include <cmath>

#include "tilewright/ops.h"

namespace tilewright::kernels {

/// min(max(x, low), high) that keeps NaN.
[[nodiscard]] inline double clamped(double x, double low, double high) {
  if (x < low) return low;
  return x > high ? high : x;
}

[[nodiscard]] inline float activated(const Activation& activation, float value) {
  const double x = value;
  const auto rounded = [](double y) { return static_cast<float>(y); };
  switch (activation.kind) {
    case ActivationKind::None:
      return value;
    case ActivationKind::Relu:
      return x < 0 ? 0.0F : value;
    case ActivationKind::Relu6:
      return rounded(clamped(x, 0, 6));
    case ActivationKind::Clamp:
      return rounded(clamped(x, activation.alpha, activation.beta));
    case ActivationKind::LeakyRelu:
      return x < 0 ? rounded(x * activation.alpha) : value;
    case ActivationKind::Sigmoid:
      return rounded(1 / (1 + std::exp(-x)));
    case ActivationKind::Tanh:
      return rounded(std::tanh(x));
    case ActivationKind::HardSigmoid:
      return rounded(clamped(activation.alpha * x + activation.beta, 0, 1));
    case ActivationKind::HardSwish:
      return rounded(x * clamped(x / 6 + 0.5, 0, 1));
    case ActivationKind::Silu:
      return rounded(x / (1 + std::exp(-x)));
    case ActivationKind::Elu:
      return x < 0 ? rounded(activation.alpha * std::expm1(x)) : value;
    case ActivationKind::Gelu:
      return rounded(x * std::erfc(x * -0.70710678118654752) / 2);
    case ActivationKind::GeluTanh:
      return rounded(x / (1 + std::exp(-2 * 0.79788456080286536 * (x + 0.044715 * x * x * x))));
  }
  return value;
}

}  // namespace tilewright::kernels
