// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/statistics.h"

#include <array>
#include <cmath>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include "tests/lib/tuner/simulated_device.h"

namespace tilewright::tuner {
namespace {

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("the median is the middle value, or the mean of the middle two", "[tuner][statistics]") {
  CHECK(median(std::array{5.0}) == 5);
  CHECK(median(std::array{9.0, 1.0, 2.0}) == 2);
  CHECK(median(std::array{9.0, 1.0, 2.0, 4.0}) == 3);
}

TEST_CASE("the robust deviation agrees with the usual one for normal samples and ignores outliers",
          "[tuner][statistics]") {
  Draws draws(1);
  std::vector<double> values;
  for (int i = 0; i < 4000; ++i)
    values.push_back(0.5 * draws.normal());
  CHECK_THAT(robust_deviation(values), WithinRel(0.5, 0.05));
  for (int i = 0; i < 40; ++i)
    values[static_cast<std::size_t>(i)] = 1000;
  CHECK_THAT(robust_deviation(values), WithinRel(0.5, 0.07));
  CHECK(robust_deviation(std::array{3.0}) == 0);
}

TEST_CASE("a linear drift cancels within a block of a, b, b, a", "[tuner][statistics]") {
  const auto slowed = [](double seconds, double position) {
    return seconds * std::exp(0.1 * position);
  };
  const double ratio = abba_log_ratio(slowed(2, 0), slowed(3, 1), slowed(3, 2), slowed(2, 3));
  CHECK_THAT(ratio, WithinAbs(std::log(1.5), 1e-12));
}

TEST_CASE("a mean is surely positive only with enough agreeing values", "[tuner][statistics]") {
  CHECK_FALSE(is_surely_positive(std::array{5.0}));
  CHECK(is_surely_positive(std::array{0.1, 0.11, 0.09}));
  CHECK_FALSE(is_surely_positive(std::array{0.5, -0.4, 0.1}));
  CHECK_FALSE(is_surely_positive(std::array{-0.1, -0.11, -0.09}));
  // Of two values: their mean against 3.078 times half their distance.
  CHECK(is_surely_positive(std::array{0.1, 0.19}));        // mean 0.145 > 3.078 * 0.045
  CHECK_FALSE(is_surely_positive(std::array{0.1, 0.21}));  // mean 0.155 < 3.078 * 0.055
}

TEST_CASE("one value in ten passes the test when there is no difference", "[tuner][statistics]") {
  Draws draws(7);
  int passed = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    const std::array values{draws.normal(), draws.normal(), draws.normal(), draws.normal()};
    passed += is_surely_positive(values) ? 1 : 0;
  }
  CHECK_THAT(passed / 4000.0, WithinAbs(0.1, 0.02));
}

}  // namespace
}  // namespace tilewright::tuner
