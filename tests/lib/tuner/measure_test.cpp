// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/measure.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include "lib/tuner/device_probe.h"

namespace tilewright::tuner {
namespace {

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

/// A clock that moves only when work runs; runs and clock rates follow a script, the last entry
/// repeating.
struct Script {
  std::vector<double> run_seconds{1e-3};
  std::vector<double> clock_rates{3e9};
  double now = 5;
  std::size_t runs = 0;
  std::size_t looks = 0;

  Timer timer() {
    return {.now_seconds = [this] { return now; },
            .clock_hz = [this] { return entry(clock_rates, looks++); }};
  }
  RunOnce run() {
    return [this]() -> Status {
      now += entry(run_seconds, runs++);
      return ok();
    };
  }
  static double entry(const std::vector<double>& values, std::size_t i) {
    return values[i < values.size() ? i : values.size() - 1];
  }
};

TEST_CASE("a visit takes the least of its runs and says how far they lie apart",
          "[tuner][measure]") {
  Script script{.run_seconds = {1.2e-3, 1.0e-3, 1.1e-3}};
  const auto seen = measure_visit(script.run(), {.fraction = 0.25, .repeats = 3}, script.timer());
  REQUIRE(seen);
  CHECK_THAT(seen->seconds, WithinRel(1.0e-3, 1e-9));
  CHECK_THAT(seen->spread, WithinRel(0.1, 1e-6));
  CHECK(seen->fraction == 0.25);
  CHECK_FALSE(seen->censored);
  CHECK(script.runs == 3);
}

TEST_CASE("time without a core does not count", "[tuner][measure]") {
  Script script{.run_seconds = {4e-3, 1e-3}};
  Timer timer = script.timer();
  // Of every run the thread has its core for a millisecond; looking costs some of it.
  double busy = 0;
  timer.busy_seconds = [&] {
    busy += 0.1e-3;
    return busy + 1e-3 * static_cast<double>(script.runs);
  };
  const auto seen = measure_visit(script.run(), {.repeats = 2}, timer);
  REQUIRE(seen);
  CHECK_THAT(seen->seconds, WithinRel(1e-3, 1e-9));  // the second run by the wall clock
  CHECK_THAT(seen->spread, WithinRel(0.05, 1e-6));   // the first by its busy 1.1 ms
}

TEST_CASE("a visit during which the clock changed is taken again", "[tuner][measure]") {
  Script script{.run_seconds = {2e-3, 2e-3, 2e-3, 1e-3}, .clock_rates = {3e9, 2e9, 3e9, 2.95e9}};
  const auto seen = measure_visit(script.run(), {.repeats = 3}, script.timer());
  REQUIRE(seen);
  CHECK_THAT(seen->seconds, WithinRel(1e-3, 1e-9));
  CHECK(seen->spread == 0);
  CHECK(script.runs == 6);
}

TEST_CASE("a clock that never rests gives an answer with a wide spread", "[tuner][measure]") {
  Script script{.clock_rates = {3e9, 2e9, 3e9, 2e9, 3e9, 2e9}};
  const auto seen = measure_visit(script.run(), {.repeats = 3}, script.timer());
  REQUIRE(seen);
  CHECK_THAT(seen->spread, WithinAbs(std::log(1.5), 1e-9));
  CHECK(script.runs == 9);
}

TEST_CASE("a run over twice the limit ends the visit as censored", "[tuner][measure]") {
  Script script{.run_seconds = {3e-3}};
  const Visit visit{.fraction = 0.25, .repeats = 3, .limit_full_seconds = 5.6e-3};
  const auto seen = measure_visit(script.run(), visit, script.timer());
  REQUIRE(seen);
  CHECK(seen->censored);
  CHECK(script.runs == 1);
}

TEST_CASE("a first run somewhat over the limit is given a second one", "[tuner][measure]") {
  const Visit visit{.repeats = 3, .limit_full_seconds = 2e-3};
  Script cold{.run_seconds = {3e-3, 1e-3}};
  const auto warmed = measure_visit(cold.run(), visit, cold.timer());
  REQUIRE(warmed);
  CHECK_FALSE(warmed->censored);
  CHECK(cold.runs == 3);
  Script slow{.run_seconds = {3e-3}};
  const auto seen = measure_visit(slow.run(), visit, slow.timer());
  REQUIRE(seen);
  CHECK(seen->censored);
  CHECK(slow.runs == 2);
}

TEST_CASE("no run starts after the time of the visit is over", "[tuner][measure]") {
  Script script{.run_seconds = {3e-3}};
  const auto seen =
      measure_visit(script.run(), {.repeats = 3, .max_seconds = 5e-3}, script.timer());
  REQUIRE(seen);
  CHECK(script.runs == 2);
}

TEST_CASE("the error of a run is the error of its visit", "[tuner][measure]") {
  Script script;
  const RunOnce failing = []() -> Status { return Error{ErrorCode::KernelFailed, "no"}; };
  const auto seen = measure_visit(failing, {}, script.timer());
  REQUIRE_FALSE(seen);
  CHECK(seen.error().code == ErrorCode::KernelFailed);
  CHECK_FALSE(measure_paired({failing}, {script.run()}, 1, 1, script.timer()));
  CHECK_FALSE(measure_paired({script.run()}, {failing}, 1, 1, script.timer()));
}

TEST_CASE("pairs see a ratio through a drift that would hide it", "[tuner][measure]") {
  Script script;
  // The machine slows down by 2 % with every run; the candidate is 3 % faster.
  int step = 0;
  const auto slowing = [&](double seconds) {
    return [&script, &step, seconds]() -> Status {
      script.now += seconds * std::exp(0.02 * step++);
      return ok();
    };
  };
  const auto ratio = measure_paired({slowing(1e-3)}, {slowing(0.97e-3)}, 5, 1, script.timer());
  REQUIRE(ratio);
  CHECK_THAT(ratio->log_ratio, WithinAbs(std::log(0.97), 1e-9));
  CHECK_THAT(ratio->deviation, WithinAbs(0, 1e-9));
  CHECK(ratio->blocks == 5);
}

TEST_CASE("what prepares a run comes before each and does not count", "[tuner][measure]") {
  Script script;
  int prepared = 0;
  const RunOnce slow_preparation = [&]() -> Status {
    ++prepared;
    script.now += 1;
    return ok();
  };
  const RunOnce run = [&]() -> Status {
    script.now += 1e-3;
    return ok();
  };
  const auto ratio = measure_paired({run, slow_preparation}, {run}, 5, 3, script.timer());
  REQUIRE(ratio);
  CHECK_THAT(ratio->log_ratio, WithinAbs(0, 1e-9));
  CHECK(prepared == 5 * 2 * 3);
}

TEST_CASE("one preempted block in five does not move the paired ratio", "[tuner][measure]") {
  Script script;
  int runs = 0;
  const RunOnce disturbed = [&]() -> Status {
    script.now += ++runs == 3 ? 8e-3 : 1e-3;
    return ok();
  };
  const auto ratio = measure_paired({script.run()}, {disturbed}, 5, 1, script.timer());
  REQUIRE(ratio);
  CHECK_THAT(ratio->log_ratio, WithinAbs(0, 1e-9));
}

TEST_CASE("the machine's timer advances and finds a plausible clock", "[tuner][measure]") {
  const Timer timer = machine_timer();
  const double begin = timer.now_seconds();
  const double clock_hz = timer.clock_hz();
  CHECK(timer.now_seconds() > begin);
  CHECK(clock_hz > 1e7);  // emulators and sanitizers are slow
  CHECK(clock_hz < 2e10);
}

TEST_CASE("rates of a width that is not in the table are those of the next narrower one",
          "[tuner][device_probe]") {
  const DeviceParameters device;
  CHECK(vector_rate(device, 8).lanes == 8);
  CHECK(vector_rate(device, 12).lanes == 8);
  CHECK(vector_rate(device, 64).lanes == 16);
}

TEST_CASE("a footprint is served by the smallest level that holds it", "[tuner][device_probe]") {
  const DeviceParameters device;
  CHECK(std::isinf(bytes_per_second(device, 8 * 1024)));
  CHECK(bytes_per_second(device, 100 * 1024) == device.l2.bytes_per_second);
  CHECK(bytes_per_second(device, 2 * 1024 * 1024) == device.l3.bytes_per_second);
  CHECK(bytes_per_second(device, 1e9) == device.dram_bytes_per_second);
}

TEST_CASE("measuring a device replaces rates and keeps sizes", "[tuner][device_probe]") {
  DeviceParameters known;
  known.l3.size_bytes = 1024 * 1024;  // keeps the buffers of the test small
  std::size_t least_bytes = SIZE_MAX;
  const auto read = [&](std::span<const std::byte> bytes) {
    CHECK(bytes.size() % 4096 == 0);
    least_bytes = std::min(least_bytes, bytes.size());
  };
  const PeakProbe probe{.lanes = 8, .fma_count = 1e5, .run = [] {}, .read = read};
  const DeviceParameters device = measure_device(known, {&probe, 1}, machine_timer());
  CHECK(static_cast<double>(least_bytes) <= known.l1_bytes);
  CHECK(device.l2.size_bytes == known.l2.size_bytes);
  CHECK(device.l1_bytes == known.l1_bytes);
  CHECK(device.clock_hz != known.clock_hz);
  CHECK(device.l2.bytes_per_second > 1e6);
  CHECK(device.l3.bytes_per_second > 1e6);
  CHECK(device.dram_bytes_per_second > 1e6);
  CHECK(vector_rate(device, 8).fma_per_cycle != vector_rate(known, 8).fma_per_cycle);
  CHECK(vector_rate(device, 16).fma_per_cycle == vector_rate(known, 16).fma_per_cycle);
  CHECK(vector_rate(device, 8).loads_per_cycle != vector_rate(known, 8).loads_per_cycle);
  CHECK(vector_rate(device, 16).loads_per_cycle == vector_rate(known, 16).loads_per_cycle);
}

TEST_CASE("without a probe that reads, bandwidths stay as known", "[tuner][device_probe]") {
  const DeviceParameters known;
  const PeakProbe probe{.lanes = 8, .fma_count = 1e5, .run = [] {}};
  const DeviceParameters device = measure_device(known, {&probe, 1}, machine_timer());
  CHECK(device.l2.bytes_per_second == known.l2.bytes_per_second);
  CHECK(device.dram_bytes_per_second == known.dram_bytes_per_second);
  CHECK(vector_rate(device, 8).loads_per_cycle == vector_rate(known, 8).loads_per_cycle);
}

TEST_CASE("a peak probe of known time gives its rate", "[tuner][device_probe]") {
  Script script{.run_seconds = {1e-4}, .clock_rates = {2e9}};
  DeviceParameters known;
  known.l3.size_bytes = 64 * 1024;
  const RunOnce run = script.run();
  const PeakProbe probe{.lanes = 16, .fma_count = 3e5, .run = [&] { static_cast<void>(run()); }};
  const DeviceParameters device = measure_device(known, {&probe, 1}, script.timer());
  CHECK_THAT(vector_rate(device, 16).fma_per_cycle, WithinRel(1.5, 1e-6));
}

TEST_CASE("a probe of sums of products gives the rate of its kind and no other",
          "[tuner][device_probe]") {
  Script script{.run_seconds = {1e-4}, .clock_rates = {2e9}};
  const DeviceParameters known;
  const RunOnce run = script.run();
  const PeakProbe probe{
      .lanes = 16, .products = 4, .fma_count = 3e5, .run = [&] { static_cast<void>(run()); }};
  const DeviceParameters device = measure_device(known, {&probe, 1}, script.timer());
  CHECK_THAT(dot_rate(device, 16, 4).per_cycle, WithinRel(1.5, 1e-6));
  CHECK(dot_rate(device, 8, 2).per_cycle == dot_rate(known, 8, 2).per_cycle);
  CHECK(vector_rate(device, 16).fma_per_cycle == vector_rate(known, 16).fma_per_cycle);
}

TEST_CASE("rates of sums of products are told by lanes and products", "[tuner][device_probe]") {
  const DeviceParameters device;
  CHECK(dot_rate(device, 8, 2).lanes == 8);
  CHECK(dot_rate(device, 16, 4).lanes == 16);
  CHECK(dot_rate(device, 8, 4).lanes == 4);
  CHECK(dot_rate(device, 32, 4).products == 4);
}

}  // namespace
}  // namespace tilewright::tuner
