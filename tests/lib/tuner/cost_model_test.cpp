// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/cost_model.h"

#include <cmath>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

namespace tilewright::tuner {
namespace {

using Catch::Matchers::WithinRel;

constexpr DotShape kShape{.m = 784, .n = 256, .k = 128};
constexpr DotTiling kTiling{.mr = 6, .nr = 16, .lanes = 8, .mc = 96, .nc = 64, .kc = 128};

double dot_seconds(const DotShape& shape, const DotTiling& tiling,
                   const DeviceParameters& device = {}) {
  return std::exp(dot_log_seconds(shape, tiling, device));
}

TEST_CASE("a good tile comes near the peak of the device", "[tuner][cost_model]") {
  const DeviceParameters device{.clock_hz = 3e9};
  const double flops = 2.0 * 784 * 256 * 128;
  const double peak = 2 * 8 * 2 * 3e9;
  const double share = flops / dot_seconds(kShape, kTiling, device) / peak;
  CHECK(share > 0.7);
  CHECK(share < 1);
}

TEST_CASE("padding is paid for: one row costs as much as a whole tile", "[tuner][cost_model]") {
  DeviceParameters device;
  device.call_seconds = 0;
  const double one_row = dot_seconds({.m = 1, .n = 64, .k = 64}, kTiling, device);
  const double six_rows = dot_seconds({.m = 6, .n = 64, .k = 64}, kTiling, device);
  CHECK_THAT(one_row, WithinRel(six_rows, 0.02));
}

TEST_CASE("too few accumulators wait for their multiply-adds", "[tuner][cost_model]") {
  DotTiling narrow = kTiling;
  narrow.mr = 1;
  narrow.nr = 8;
  CHECK(dot_seconds(kShape, narrow) > 3 * dot_seconds(kShape, kTiling));
}

TEST_CASE("twice the clock is half the time of compute-bound work", "[tuner][cost_model]") {
  DeviceParameters slow{.clock_hz = 1e9};
  DeviceParameters fast{.clock_hz = 2e9};
  for (DeviceParameters* device : {&slow, &fast}) {
    device->l2.bytes_per_second = 1e18;
    device->l3.bytes_per_second = 1e18;
    device->dram_bytes_per_second = 1e18;
    device->call_seconds = 0;
  }
  CHECK_THAT(dot_seconds(kShape, kTiling, slow),
             WithinRel(2 * dot_seconds(kShape, kTiling, fast), 1e-6));
}

TEST_CASE("packing the left operand costs the time of a copy", "[tuner][cost_model]") {
  DotTiling packed = kTiling;
  packed.left = LeftOperand::Packed;
  CHECK(dot_seconds(kShape, packed) > dot_seconds(kShape, kTiling));
}

TEST_CASE("a block that overflows the second level is slower on a device with slow memory",
          "[tuner][cost_model]") {
  DeviceParameters device;
  device.l3.bytes_per_second = 2e9;
  device.dram_bytes_per_second = 1e9;
  const DotShape deep{.m = 4096, .n = 1024, .k = 2048};
  DotTiling small = kTiling;
  small.kc = 2048;
  small.mc = 24;
  DotTiling large = small;
  large.mc = 4096;
  CHECK(dot_seconds(deep, large, device) > 1.5 * dot_seconds(deep, small, device));
}

TEST_CASE("blocks beyond the shape and empty shapes give finite times", "[tuner][cost_model]") {
  DotTiling huge = kTiling;
  huge.mc = huge.nc = huge.kc = 1 << 30;
  CHECK(std::isfinite(dot_log_seconds({.m = 3, .n = 5, .k = 7}, huge, {})));
  CHECK(std::isfinite(dot_log_seconds({.m = 0, .n = 0, .k = 0}, kTiling, {})));
  for (const double feature : dot_features({.m = 0, .n = 0, .k = 0}, kTiling, {})) {
    CHECK(std::isfinite(feature));
  }
}

TEST_CASE("a step of one in the features is a factor of four", "[tuner][cost_model]") {
  DotTiling wider = kTiling;
  wider.mc = 4 * kTiling.mc;
  const Features a = dot_features(kShape, kTiling, {});
  const Features b = dot_features(kShape, wider, {});
  CHECK_THAT(b[2] - a[2], WithinRel(1.0, 1e-9));
  CHECK(b[3] == a[3]);
}

TEST_CASE("a memory-bound kernel takes the time of its bytes, a compute-bound one of its flops",
          "[tuner][cost_model]") {
  DeviceParameters device{.clock_hz = 1e9, .dram_bytes_per_second = 1e9, .call_seconds = 0};
  const Traffic streaming{.bytes = 1e8, .flops = 0, .footprint_bytes = 1e8, .lanes = 8};
  CHECK_THAT(std::exp(roofline_log_seconds(streaming, device)), WithinRel(0.1, 1e-6));
  const Traffic resident{.bytes = 0, .flops = 32e6, .footprint_bytes = 1e3, .lanes = 8};
  CHECK_THAT(std::exp(roofline_log_seconds(resident, device)), WithinRel(1e-3, 1e-6));
}

}  // namespace
}  // namespace tilewright::tuner
