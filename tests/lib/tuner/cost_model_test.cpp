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

TEST_CASE("padding is paid for: one row costs no less than a whole tile", "[tuner][cost_model]") {
  DeviceParameters device;
  device.call_seconds = 0;
  const double one_row = dot_seconds({.m = 1, .n = 64, .k = 64}, kTiling, device);
  const double six_rows = dot_seconds({.m = 6, .n = 64, .k = 64}, kTiling, device);
  CHECK(one_row >= six_rows);
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
  packed.left.is_copied = true;
  packed.left.copied_bytes = 4.0 * 784 * 128;
  CHECK(dot_seconds(kShape, packed) > dot_seconds(kShape, kTiling));
  DotTiling in_pieces = packed;
  in_pieces.left.copy_calls = 784 * 9;
  CHECK(dot_seconds(kShape, in_pieces) > 1.05 * dot_seconds(kShape, packed));
}

TEST_CASE("a product takes the time of its operands' bytes", "[tuner][cost_model]") {
  // One row by more weights than any cache holds.
  const DotShape shape{.m = 1, .n = 4096, .k = 4096};
  DotTiling floats = kTiling;
  floats.mr = 1;
  floats.mc = 1;
  floats.nc = shape.n;
  floats.kc = shape.k;
  DotTiling halves = floats;
  halves.bytes = {2, 2, 2};
  DotTiling bytes = floats;
  bytes.bytes = {1, 1, 1};
  DeviceParameters device;
  device.clock_hz = 1e12;
  device.call_seconds = 0;
  CHECK_THAT(dot_seconds(shape, floats, device) / dot_seconds(shape, halves, device),
             WithinRel(2, 0.01));
  CHECK_THAT(dot_seconds(shape, floats, device) / dot_seconds(shape, bytes, device),
             WithinRel(4, 0.01));
}

TEST_CASE("steps of several products take as many fewer, at their own rate",
          "[tuner][cost_model]") {
  DeviceParameters device;
  device.l2.bytes_per_second = device.l3.bytes_per_second = device.dram_bytes_per_second = 1e18;
  device.call_seconds = 0;
  device.dots[1] = {.lanes = 8, .products = 2, .per_cycle = vector_rate(device, 8).fma_per_cycle};
  DotTiling pairs = kTiling;
  pairs.products = 2;
  const DotShape deep{.m = 768, .n = 256, .k = 4096};
  const double ratio = dot_seconds(deep, kTiling, device) / dot_seconds(deep, pairs, device);
  CHECK_THAT(ratio, WithinRel(2, 0.05));  // sums are stored as often
  device.dots[1].per_cycle /= 2;
  CHECK_THAT(dot_seconds(deep, kTiling, device) / dot_seconds(deep, pairs, device),
             WithinRel(1, 0.02));
  // An odd product costs a whole step.
  const double odd = dot_seconds({.m = 768, .n = 256, .k = 4095}, pairs, device);
  CHECK(odd == dot_seconds({.m = 768, .n = 256, .k = 4096}, pairs, device));
}

TEST_CASE("columns outermost pay where a cache holds neither operand and memory is slow",
          "[tuner][cost_model]") {
  DeviceParameters device{.clock_hz = 3e9};
  device.l3.size_bytes = device.l2.size_bytes;
  device.dram_bytes_per_second = 2e9;
  DotTiling rows_first = kTiling;
  rows_first.mc = 48;
  rows_first.nc = 256;
  rows_first.kc = 512;
  DotTiling columns_first = rows_first;
  columns_first.nc = 128;
  const DotShape large{.m = 784, .n = 256, .k = 512};
  CHECK(dot_seconds(large, columns_first, device) < 0.9 * dot_seconds(large, rows_first, device));
  const DotShape few_rows{.m = 48, .n = 256, .k = 512};
  CHECK(dot_seconds(few_rows, columns_first, device) >= dot_seconds(few_rows, rows_first, device));
  rows_first.left.is_copied = columns_first.left.is_copied = true;
  rows_first.left.copied_bytes = columns_first.left.copied_bytes = 4.0 * 784 * 512;
  device.dram_bytes_per_second = 1e18;
  CHECK(dot_seconds(large, columns_first, device) > dot_seconds(large, rows_first, device));
}

TEST_CASE("tiles that end with their line are padded once per line", "[tuner][cost_model]") {
  DotTiling tall = kTiling;
  tall.mr = 14;
  DotTiling short_lines = tall;
  short_lines.left.line_rows = 7;
  const DotShape shape{.m = 49 * 16, .n = 256, .k = 256};
  CHECK(dot_seconds(shape, short_lines) > 1.8 * dot_seconds(shape, tall));
}

TEST_CASE("rows a page apart fit the first level only if they are fewer than its ways",
          "[tuner][cost_model]") {
  const DotShape shape{.m = 784, .n = 256, .k = 1024};
  for (const std::int32_t mr : {4, 14}) {
    DotTiling near = kTiling;
    near.mr = mr;
    near.left.row_stride_bytes = 4096 + 64;
    DotTiling apart = near;
    apart.left.row_stride_bytes = 4096;
    const double ratio = dot_seconds(shape, apart) / dot_seconds(shape, near);
    if (mr == 4) CHECK(ratio == 1);
    if (mr == 14) CHECK(ratio > 1.1);
  }
}

TEST_CASE("columns that do not fill a panel cost a call for each tile", "[tuner][cost_model]") {
  const double whole = dot_seconds({.m = 784, .n = 32, .k = 16}, kTiling);
  const double partial = dot_seconds({.m = 784, .n = 31, .k = 16}, kTiling);
  CHECK(partial > 1.5 * whole);
}

TEST_CASE("depthwise: pixels a power of two apart cost time, wide blocks of them less",
          "[tuner][cost_model]") {
  const DeviceParameters device;
  const DepthwiseWork dense{.rows = 14,
                            .columns = 14,
                            .channels = 512,
                            .filter_h = 3,
                            .filter_w = 3,
                            .tile_rows = 2,
                            .tile_columns = 2,
                            .lanes = 16};
  const auto seconds = [&](DepthwiseWork work, std::int64_t pixel_bytes, std::int32_t vectors) {
    work.pixel_bytes = pixel_bytes;
    work.vectors = vectors;
    return depthwise_log_seconds(work, device);
  };
  CHECK(seconds(dense, 2048, 1) > seconds(dense, 2048 + 64, 1) + std::log(1.5));
  CHECK(seconds(dense, 2048, 2) < seconds(dense, 2048, 1));
  CHECK(seconds(dense, 4096, 2) > seconds(dense, 2048, 2));
  CHECK(seconds(dense, 512, 1) == seconds(dense, 512 + 64, 1));
  CHECK(seconds(dense, 0, 1) == seconds(dense, 512, 1));  // in a strip
}

TEST_CASE("depthwise: borders, small tiles and copies cost time", "[tuner][cost_model]") {
  const DeviceParameters device;
  const DepthwiseWork tiles{.rows = 56,
                            .columns = 56,
                            .channels = 64,
                            .filter_h = 3,
                            .filter_w = 3,
                            .tile_rows = 2,
                            .tile_columns = 4,
                            .lanes = 8};
  const double all_in_tiles = depthwise_log_seconds(tiles, device);
  DepthwiseWork with_borders = tiles;
  with_borders.rows = with_borders.columns = 54;
  with_borders.other_pixels = 56 * 56 - 54 * 54;
  CHECK(depthwise_log_seconds(with_borders, device) > all_in_tiles);
  DepthwiseWork with_border_tiles = with_borders;
  std::swap(with_border_tiles.border_pixels, with_border_tiles.other_pixels);
  CHECK(depthwise_log_seconds(with_border_tiles, device) > all_in_tiles);
  CHECK(depthwise_log_seconds(with_border_tiles, device) <
        depthwise_log_seconds(with_borders, device));
  DepthwiseWork single = tiles;
  single.tile_rows = single.tile_columns = 1;
  CHECK(depthwise_log_seconds(single, device) > all_in_tiles + std::log(1.3));
  DepthwiseWork copied = tiles;
  copied.copied_bytes = 56 * 56 * 64 * 4.0;
  CHECK(depthwise_log_seconds(copied, device) > all_in_tiles);
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
  CHECK(dot_seconds(deep, large, device) > 1.4 * dot_seconds(deep, small, device));
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
