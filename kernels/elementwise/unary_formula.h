// SPDX-License-Identifier: Apache-2.0
// The formulas of the unary functions, of one element: the oracle of every fast strip, and what
// constants are folded by.
#pragma once

#include <cmath>

#include "tilewright/ops.h"

namespace tilewright::kernels {

[[nodiscard]] inline double unary_formula(UnaryKind kind, double x) {
  switch (kind) {
    case UnaryKind::Neg:
      return -x;
    case UnaryKind::Abs:
      return std::fabs(x);
    case UnaryKind::Exp:
      return std::exp(x);
    case UnaryKind::Log:
      return std::log(x);
    case UnaryKind::Sqrt:
      return std::sqrt(x);
    case UnaryKind::Rsqrt:
      return 1 / std::sqrt(x);
    case UnaryKind::Reciprocal:
      return 1 / x;
    case UnaryKind::Square:
      return x * x;
    case UnaryKind::Floor:
      return std::floor(x);
    case UnaryKind::Ceil:
      return std::ceil(x);
    case UnaryKind::Round:
      return std::nearbyint(x);
    case UnaryKind::Erf:
      return std::erf(x);
    case UnaryKind::Sin:
      return std::sin(x);
    case UnaryKind::Cos:
      return std::cos(x);
  }
  return x;
}

}  // namespace tilewright::kernels
