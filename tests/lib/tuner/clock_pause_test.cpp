// SPDX-License-Identifier: Apache-2.0
// Cores that become slow while something is tuned, on a clock of our own.
#include "lib/tuner/clock_pause.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include "lib/tuner/tune.h"
#include "tests/lib/tuner/synthetic_problem.h"

namespace tilewright::tuner {
namespace {

using Catch::Matchers::WithinAbs;

TuneOptions half_a_second() {
  return {.method = Method::Halving, .budget_ms = 500};
}

/// Three quarters of the usual speed between two moments.
std::function<double(double)> slow_between(double begin, double end) {
  return [=](double now) { return now >= begin && now < end ? 0.75 : 1.0; };
}

TEST_CASE("only a clock a tenth under the best is slow, and none is unknown", "[tuner][tune]") {
  SimulatedDevice device({{1}}, {}, 1);
  ClockPause pause(device, 1);
  CHECK_FALSE(pause.is_slow(2e9));
  CHECK_FALSE(pause.is_slow(3e9));
  CHECK_FALSE(pause.is_slow(2.8e9));
  CHECK(pause.is_slow(2.6e9));
  CHECK_FALSE(pause.is_slow(0));
}

TEST_CASE("a pause ends when the core has recovered", "[tuner][tune]") {
  SimulatedDevice device({{1}}, {}, 1);
  device.speed = slow_between(0, 0.055);
  ClockPause pause(device, 1);
  REQUIRE_FALSE(pause.is_slow(3e9));
  CHECK(pause.wait([] { return false; }));
  CHECK_THAT(device.waited_seconds, WithinAbs(0.06, 1e-9));
}

TEST_CASE("a pause ends for whoever interrupts it", "[tuner][tune]") {
  SimulatedDevice device({{1}}, {}, 1);
  device.speed = slow_between(0, 100);
  ClockPause pause(device, 1);
  REQUIRE_FALSE(pause.is_slow(3e9));
  CHECK_FALSE(pause.wait([&] { return device.waited_seconds > 0.045; }));
  CHECK_THAT(device.waited_seconds, WithinAbs(0.05, 1e-9));
}

TEST_CASE("while the core is slow for a while nothing is measured", "[tuner][tune]") {
  const SyntheticProblem synthetic = synthetic_problem(4, 5);
  SimulatedDevice device(synthetic.times, {}, 1);
  device.speed = slow_between(0.1, 0.14);
  const auto outcome = tune(synthetic.problem, device, half_a_second());
  REQUIRE(outcome);
  CHECK(device.waited_seconds > 0.02);
  CHECK(device.waited_seconds < 0.05);
  const auto is_slow = [](const Evaluation& look) { return look.measurement.clock_hz < 2.9e9; };
  CHECK(std::ranges::none_of(outcome->log, is_slow));
  CHECK(outcome->elapsed_seconds < 0.55);
}

TEST_CASE("a core that stays slow costs a tenth of the budget, and is tuned as it is",
          "[tuner][tune]") {
  const SyntheticProblem synthetic = synthetic_problem(4, 5);
  SimulatedDevice device(synthetic.times, {}, 1);
  device.speed = slow_between(0.1, 100);
  const auto outcome = tune(synthetic.problem, device, half_a_second());
  REQUIRE(outcome);
  CHECK_THAT(device.waited_seconds, WithinAbs(0.05, 1e-6));
  CHECK(outcome->elapsed_seconds < 0.55);
  CHECK(outcome->log.back().measurement.clock_hz < 2.9e9);
  CHECK(outcome->tuned_seconds < outcome->default_seconds);
}

}  // namespace
}  // namespace tilewright::tuner
