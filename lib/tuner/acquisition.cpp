// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/acquisition.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tilewright::tuner {

double expected_improvement(double incumbent, double mean, double deviation) {
  const double gap = incumbent - mean;
  if (deviation <= 0) return std::max(gap, 0.0);
  const double z = gap / deviation;
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
  const double probability = 0.5 * std::erfc(-z / std::numbers::sqrt2);
  return std::max(gap * probability + deviation * density, 0.0);
}

}  // namespace tilewright::tuner
