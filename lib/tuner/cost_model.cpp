// SPDX-License-Identifier: Apache-2.0
// The cost model of a tile kernel under blocked macro loops. Its shape follows Low et al.,
// "Analytical Modeling Is Enough for High-Performance BLIS", TOMS 2016, with times in place of a
// hard choice of blocks.
#include "lib/tuner/cost_model.h"

#include <algorithm>
#include <cmath>

#include "tilewright/detail/check.h"

namespace tilewright::tuner {
namespace {

constexpr double kElementBytes = 4;
// Of the shorter of compute and memory time, the share that is not hidden behind the longer.
constexpr double kExposedShare = 0.3;
constexpr double kStoreCyclesPerVector = 1.5;  // accumulators are started, clamped and stored
constexpr double kLoopCyclesPerTile = 8;
constexpr double kShortestSeconds = 1e-9;  // keeps logarithms finite for empty work

/// Blocks clamped to the shape, and how many of each there are.
struct Blocks {
  double mc, nc, kc;
  double m_count, n_count, k_count;
  double row_panels, column_panels;
};

double ceil_divide(double a, double b) {
  return std::ceil(a / b);
}

Blocks clamp_blocks(const DotShape& shape, const DotTiling& tiling) {
  TILEWRIGHT_CHECK(tiling.mr > 0 && tiling.nr > 0 && tiling.lanes > 0);
  const auto clamped = [](std::int64_t block, std::int64_t extent) {
    return static_cast<double>(
        std::clamp<std::int64_t>(block, 1, std::max<std::int64_t>(extent, 1)));
  };
  Blocks blocks{};
  blocks.mc = clamped(tiling.mc, shape.m);
  blocks.nc = clamped(tiling.nc, shape.n);
  blocks.kc = clamped(tiling.kc, shape.k);
  blocks.m_count = ceil_divide(static_cast<double>(shape.m), blocks.mc);
  blocks.n_count = ceil_divide(static_cast<double>(shape.n), blocks.nc);
  blocks.k_count = ceil_divide(static_cast<double>(shape.k), blocks.kc);
  blocks.row_panels = ceil_divide(static_cast<double>(shape.m), tiling.mr);
  blocks.column_panels = ceil_divide(static_cast<double>(shape.n), tiling.nr);
  return blocks;
}

double core_seconds(const DotShape& shape, const DotTiling& tiling, const Blocks& blocks,
                    const DeviceParameters& device) {
  const VectorRate& rate = vector_rate(device, tiling.lanes);
  const double vectors = ceil_divide(tiling.nr, tiling.lanes);
  const double fma_count = tiling.mr * vectors;
  // A step of k waits for the multiply-adds, for the loads (a broadcast per row, a vector per
  // column group), or for the accumulators of the step before.
  const double cycles_per_step =
      std::max({fma_count / rate.fma_per_cycle, (tiling.mr + vectors) / rate.loads_per_cycle,
                rate.fma_latency_cycles});
  const double cycles_per_tile =
      static_cast<double>(shape.k) * cycles_per_step +
      blocks.k_count * (kStoreCyclesPerVector * fma_count + kLoopCyclesPerTile);
  const double calls = blocks.m_count * blocks.n_count * blocks.k_count;
  return blocks.row_panels * blocks.column_panels * cycles_per_tile / device.clock_hz +
         calls * device.call_seconds;
}

/// Seconds to move `bytes` that are touched again and again within `footprint_bytes`.
double move_seconds(double bytes, double footprint_bytes, const DeviceParameters& device) {
  return bytes / bytes_per_second(device, footprint_bytes);
}

double memory_seconds(const DotShape& shape, const DotTiling& tiling, const Blocks& blocks,
                      const DeviceParameters& device) {
  const double a_bytes = static_cast<double>(shape.m * shape.k) * kElementBytes;
  const double b_bytes = static_cast<double>(shape.k * shape.n) * kElementBytes;
  const double c_bytes = static_cast<double>(shape.m * shape.n) * kElementBytes;
  const double a_block_bytes = blocks.mc * blocks.kc * kElementBytes;
  const double b_block_bytes = blocks.kc * blocks.nc * kElementBytes;
  const double b_panel_bytes = blocks.kc * tiling.nr * kElementBytes;
  // Every column panel of a block passes over the block of A; every row panel over the panel of B.
  const double a_inner = move_seconds(a_bytes * blocks.column_panels, a_block_bytes, device);
  const double b_inner = move_seconds(b_bytes * blocks.row_panels, b_panel_bytes, device);
  // Blocks come from wherever the whole of what lies between two uses fits.
  const double a_outer = move_seconds(a_bytes * blocks.n_count, a_bytes, device);
  const double b_outer =
      move_seconds(b_bytes * blocks.m_count, b_block_bytes + a_block_bytes, device);
  const double c_outer = move_seconds(2 * c_bytes * blocks.k_count, c_bytes, device);
  double packing = 0;
  if (tiling.left == LeftOperand::Packed) {
    packing =
        move_seconds(2 * a_bytes * blocks.n_count, std::max(a_bytes, 2 * a_block_bytes), device);
  }
  return std::max({a_inner, b_inner, a_outer + b_outer + c_outer}) + packing;
}

double soften(double compute, double memory) {
  const double seconds = std::max(compute, memory) + kExposedShare * std::min(compute, memory);
  return std::log(std::max(seconds, kShortestSeconds));
}

}  // namespace

double dot_log_seconds(const DotShape& shape, const DotTiling& tiling,
                       const DeviceParameters& device) {
  const Blocks blocks = clamp_blocks(shape, tiling);
  return soften(core_seconds(shape, tiling, blocks, device),
                memory_seconds(shape, tiling, blocks, device));
}

Features dot_features(const DotShape& shape, const DotTiling& tiling,
                      const DeviceParameters& device) {
  const Blocks blocks = clamp_blocks(shape, tiling);
  const auto half_log = [](double x) { return 0.5 * std::log2(x); };
  return {half_log(tiling.mr),
          half_log(tiling.nr),
          half_log(blocks.mc * blocks.kc * kElementBytes / device.l2.size_bytes),
          half_log(blocks.nc * blocks.kc * kElementBytes / device.l2.size_bytes),
          half_log(blocks.kc * tiling.nr * kElementBytes / device.l1_bytes),
          tiling.left == LeftOperand::Packed ? 1.0 : 0.0};
}

double roofline_log_seconds(const Traffic& traffic, const DeviceParameters& device) {
  const VectorRate& rate = vector_rate(device, traffic.lanes);
  const double flops_per_second = 2 * rate.lanes * rate.fma_per_cycle * device.clock_hz;
  // Data in the first level still have to be loaded, a vector at a time.
  const double load_bandwidth = rate.loads_per_cycle * rate.lanes * kElementBytes * device.clock_hz;
  const double memory = std::max(traffic.bytes / load_bandwidth,
                                 move_seconds(traffic.bytes, traffic.footprint_bytes, device));
  return soften(traffic.flops / flops_per_second + traffic.call_count * device.call_seconds,
                memory);
}

}  // namespace tilewright::tuner
