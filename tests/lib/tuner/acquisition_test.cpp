// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/acquisition.h"

#include <cmath>
#include <numbers>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

namespace tilewright::tuner {
namespace {

using Catch::Matchers::WithinAbs;

/// The integral of max(incumbent - f, 0) against the normal density: the oracle.
double integrated_improvement(double incumbent, double mean, double deviation) {
  constexpr int kSteps = 20000;
  constexpr double kReach = 9;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double z = -kReach + 2 * kReach * (i + 0.5) / kSteps;
    const double improvement = incumbent - (mean + deviation * z);
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
    if (improvement > 0) sum += improvement * density * 2 * kReach / kSteps;
  }
  return sum;
}

TEST_CASE("expected improvement equals the integral it stands for", "[tuner][acquisition]") {
  const double mean = GENERATE(-2.0, -0.1, 0.0, 0.3, 1.5);
  const double deviation = GENERATE(0.05, 0.3, 1.0);
  CAPTURE(mean, deviation);
  CHECK_THAT(expected_improvement(0.1, mean, deviation),
             WithinAbs(integrated_improvement(0.1, mean, deviation), 1e-6));
}

TEST_CASE("without doubt the improvement is the gap, or nothing", "[tuner][acquisition]") {
  CHECK(expected_improvement(1, 0.25, 0) == 0.75);
  CHECK(expected_improvement(1, 1.25, 0) == 0);
}

TEST_CASE("the improvement of a hopeless candidate is never negative", "[tuner][acquisition]") {
  CHECK(expected_improvement(0, 50, 0.1) >= 0);
}

}  // namespace
}  // namespace tilewright::tuner
