// SPDX-License-Identifier: Apache-2.0
// The cost model of a tile kernel under blocked macro loops. Its shape follows Low et al.,
// "Analytical Modeling Is Enough for High-Performance BLIS", TOMS 2016, with times in place of a
// hard choice of blocks.
#include "lib/tuner/cost_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tilewright/detail/check.h"

namespace tilewright::tuner {
namespace {

constexpr double kFloatBytes = 4;  // vectors are known by the floats that they hold
constexpr double kOverlapPower = 3;
constexpr double kStoreCyclesPerVector = 1.5;  // accumulators are started, clamped and stored
constexpr double kLoopCyclesPerTile = 8;
constexpr double kJumpCycles = 4;          // a loop of the reduction ends and begins
constexpr double kCopyCallCycles = 20;     // a call of memcpy, its loop and its branches
constexpr double kCopyBytesPerCycle = 32;  // within the first levels
constexpr double kBroadcastsPerCycle = 2;  // of one element to a vector
constexpr double kAddressRegisters = 14;   // rows of a tile beyond these load their addresses
constexpr double kScratchRegisters = 2;    // for inputs
constexpr double kTilesInFlight = 2;       // short tiles that a core works on at once
constexpr double kLineBytes = 64;
// A first-level cache is indexed by the bits of an address below the page: its ways are pages.
constexpr std::int64_t kWayBytes = 4096;
constexpr double kUsableWayShare = 0.9;    // of the ways: other operands take the rest
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

/// The longer of two that overlap, and of the shorter the more the closer they come.
double overlapped(double a, double b) {
  return std::pow(std::pow(a, kOverlapPower) + std::pow(b, kOverlapPower), 1 / kOverlapPower);
}

/// Steps of the reduction, each of which may be several products wide: the last one is filled up.
double reduction_steps(const DotShape& shape, const DotTiling& tiling) {
  return ceil_divide(static_cast<double>(shape.k), tiling.products);
}

/// Vectors of sums that a core brings forward in a cycle.
double sums_per_cycle(const DotTiling& tiling, const DeviceParameters& device) {
  if (tiling.products > 1) return dot_rate(device, tiling.lanes, tiling.products).per_cycle;
  return vector_rate(device, tiling.lanes * tiling.depth).fma_per_cycle;
}

/// Cycles of one reduction step of a tile in registers.
double step_cycles(const DotTiling& tiling, const DeviceParameters& device) {
  const VectorRate& rate = vector_rate(device, tiling.lanes * tiling.depth);
  const double vectors = ceil_divide(tiling.nr, tiling.lanes);
  const double loaded_addresses =
      tiling.left.has_one_address ? 0 : std::max(tiling.mr - kAddressRegisters, 0.0);
  const double loads =
      (tiling.mr + loaded_addresses) / kBroadcastsPerCycle + vectors / rate.loads_per_cycle;
  const double core = std::max({tiling.mr * vectors / sums_per_cycle(tiling, device), loads,
                                rate.fma_latency_cycles}) /
                      tiling.depth;
  // Rows at one stride meet in the same few sets; those beyond the ways drive each other out, and
  // every step loads their lines again.
  const double stride = tiling.left.row_stride_bytes;
  if (tiling.left.is_copied || stride < kLineBytes || std::fmod(stride, kLineBytes) != 0)
    return core;
  const auto shared = static_cast<double>(std::gcd(static_cast<std::int64_t>(stride), kWayBytes));
  const double lines = device.l1_bytes / shared;
  if (tiling.mr <= kUsableWayShare * lines) return core;
  const double reload = tiling.mr * kLineBytes / device.l2.bytes_per_second * device.clock_hz;
  return overlapped(core, reload);
}

/// Tiles that hold all their rows, and those that end at the end of a line.
struct RowTiles {
  double whole, partial;
};

RowTiles row_tiles(const DotShape& shape, const DotTiling& tiling) {
  const double line = static_cast<double>(
      tiling.left.line_rows > 0 ? std::min(tiling.left.line_rows, shape.m) : shape.m);
  if (line <= 0) return {0, 0};
  const double lines = static_cast<double>(shape.m) / line;
  const double whole = std::floor(line / tiling.mr);
  return {lines * whole, whole * tiling.mr < line ? lines : 0};
}

double core_seconds(const DotShape& shape, const DotTiling& tiling, const Blocks& blocks,
                    const DeviceParameters& device) {
  const VectorRate& rate = vector_rate(device, tiling.lanes);
  const double tile_vectors = tiling.mr * ceil_divide(tiling.nr, tiling.lanes);
  const RowTiles rows = row_tiles(shape, tiling);
  const double run_steps = static_cast<double>(
      tiling.left.run_steps > 0 ? std::min(tiling.left.run_steps, shape.k) : shape.k);
  const double jumps = run_steps > 0 ? static_cast<double>(shape.k) / run_steps : 0;
  const double tiles = (rows.whole + rows.partial) * blocks.column_panels;
  const double cycles_per_tile =
      reduction_steps(shape, tiling) * step_cycles(tiling, device) +
      jumps * (kJumpCycles + tiling.mr / rate.loads_per_cycle) +
      blocks.k_count * (kStoreCyclesPerVector * tile_vectors + kLoopCyclesPerTile);
  // Tiles of too few columns, or rows where there are no more, are made in scratch, one call each.
  const double whole_panels = tiling.stores_columns
                                  ? blocks.column_panels
                                  : std::floor(static_cast<double>(shape.n) / tiling.nr);
  const double moved_back = rows.whole > 0 ? rows.partial : 0;
  const double scratch_tiles = (rows.partial - moved_back) * blocks.column_panels +
                               (rows.whole + moved_back) * (blocks.column_panels - whole_panels);
  const double columns_of_tiles =
      tiling.left.line_rows > 0 ? ceil_divide(static_cast<double>(tiling.left.line_rows), tiling.mr)
                                : 1;
  const double calls =
      blocks.k_count * (blocks.m_count * blocks.n_count * columns_of_tiles + scratch_tiles);
  const double copies = scratch_tiles * (tile_vectors + tiling.mr * kCopyCallCycles);
  return (tiles * cycles_per_tile + copies) / device.clock_hz + calls * device.call_seconds;
}

/// Seconds to move `bytes` that are touched again and again within `footprint_bytes`.
double move_seconds(double bytes, double footprint_bytes, const DeviceParameters& device) {
  return bytes / bytes_per_second(device, footprint_bytes);
}

/// To bring `bytes` in `calls` runs into scratch: read once, written once.
double copy_seconds(double bytes, double calls, double footprint_bytes,
                    const DeviceParameters& device) {
  const double in_cache = 2 * bytes / (kCopyBytesPerCycle * device.clock_hz);
  return calls * kCopyCallCycles / device.clock_hz + in_cache +
         move_seconds(bytes, footprint_bytes, device);
}

double memory_seconds(const DotShape& shape, const DotTiling& tiling, const Blocks& blocks,
                      const DeviceParameters& device) {
  const ElementBytes& bytes = tiling.bytes;
  const double a_bytes = static_cast<double>(shape.m * shape.k) * bytes.left;
  const double b_bytes = static_cast<double>(shape.k * shape.n) * bytes.right;
  const double c_bytes = static_cast<double>(shape.m * shape.n) * bytes.dst;
  const double a_block_bytes = blocks.mc * blocks.kc * bytes.left;
  const double b_panel_bytes = blocks.kc * tiling.nr * bytes.right;
  const double a_tile_bytes = blocks.kc * tiling.mr * bytes.left;
  const double all_bytes = a_bytes + b_bytes + c_bytes;
  // Every column panel passes over the block of A; every row tile over the panel of B.
  const double a_inner =
      move_seconds(a_bytes * blocks.column_panels, a_block_bytes + b_panel_bytes, device);
  const double b_inner =
      move_seconds(b_bytes * blocks.row_panels, b_panel_bytes + a_tile_bytes, device);
  // B comes anew for every block of rows, and A for every block of columns; what is touched in
  // between decides from where.
  const double b_block_bytes = b_bytes / blocks.n_count;
  const double b_outer =
      move_seconds(b_bytes, b_bytes + a_block_bytes, device) +
      move_seconds(b_bytes * (blocks.m_count - 1), b_block_bytes + a_block_bytes, device);
  const double c_outer = move_seconds((2 * blocks.k_count - 1) * c_bytes, all_bytes, device);
  const double a_outer = tiling.left.is_copied ? 0
                                               : move_seconds(a_bytes, all_bytes, device) +
                                                     move_seconds(a_bytes * (blocks.n_count - 1),
                                                                  a_bytes + b_block_bytes, device);
  return std::max(a_inner + b_inner, a_outer + b_outer + c_outer);
}

/// Copies are made before the tiles that read them, for each block of columns: nothing hides them.
double left_copy_seconds(const DotShape& shape, const DotTiling& tiling, const Blocks& blocks,
                         const DeviceParameters& device) {
  if (!tiling.left.is_copied) return 0;
  const double a_bytes = static_cast<double>(shape.m * shape.k) * tiling.bytes.left;
  return blocks.n_count *
         copy_seconds(tiling.left.copied_bytes, tiling.left.copy_calls, a_bytes, device);
}

/// Pixels of input that a tile of outputs reads.
double tile_inputs(const DepthwiseWork& work) {
  return static_cast<double>(((work.tile_rows - 1) * work.stride_h + work.filter_h) *
                             ((work.tile_columns - 1) * work.stride_w + work.filter_w));
}

/// Cycles of a tile of outputs whose windows lie inside the input. Taps stay in registers if no
/// loop over channels is inside and all fit.
double depthwise_tile_cycles(const DepthwiseWork& work, const VectorRate& rate) {
  const double taps = work.filter_h * work.filter_w;
  const double outputs = work.tile_rows * work.tile_columns * work.vectors;
  const double inputs = tile_inputs(work) * work.vectors;
  const double registers = work.lanes == 8 ? 16 : 32;
  const bool loads_taps = work.order == DepthwiseOrder::Channels ||
                          taps * work.vectors + outputs + kScratchRegisters > registers;
  const double loads = (inputs + (loads_taps ? taps * work.vectors : 0)) / rate.loads_per_cycle;
  // An output is a chain of `taps` multiply-adds; a tile overlaps with the next one.
  const double chain = taps * rate.fma_latency_cycles / kTilesInFlight;
  return std::max({taps * outputs / rate.fma_per_cycle, loads, chain}) +
         kStoreCyclesPerVector * outputs + kLoopCyclesPerTile;
}

/// Cycles of one output pixel at a border, all channels: small tiles, with a row of taps less.
double depthwise_border_cycles(const DepthwiseWork& work, const VectorRate& rate) {
  DepthwiseWork border = work;
  border.filter_h = std::max(work.filter_h - 1, 1);
  border.order = DepthwiseOrder::Channels;
  border.tile_rows = 1;
  border.tile_columns = 3;
  border.vectors = 2;
  const double blocks = ceil_divide(static_cast<double>(work.channels), 2 * work.lanes);
  return blocks * depthwise_tile_cycles(border, rate) / 3;
}

/// Pixels a power of two apart share a few sets of the first-level cache, with the output where its
/// addresses end alike: every tile then gets all its lines from the second level, the slower the
/// farther apart they are and the fewer lie side by side, on a Zen 4 in about 4 cycles for each
/// KiB.
double depthwise_set_cycles(const DepthwiseWork& work, double tiles, double blocks) {
  constexpr double kLeastBytesApart = 1024;
  constexpr double kCyclesPerLine = 2;
  constexpr double kCyclesPerFarLine = 4;      // and KiB
  constexpr double kPixelsPerBorderPixel = 5;  // that border tiles read and write for each
  const auto apart = static_cast<double>(std::gcd(work.pixel_bytes, kWayBytes));
  if (work.pixel_bytes == 0 || apart < kLeastBytesApart) return 0;
  const double pixels = tiles * (tile_inputs(work) + work.tile_rows * work.tile_columns) +
                        blocks * kPixelsPerBorderPixel * static_cast<double>(work.border_pixels);
  const double lines = std::max(work.vectors * work.lanes * work.element_bytes / kLineBytes, 1.0);
  const double line_cycles = std::max(kCyclesPerLine, kCyclesPerFarLine * apart / 1024 / lines);
  return pixels * lines * line_cycles;
}

/// Cycles of one output pixel by loops over its taps, all channels.
double depthwise_pixel_cycles(const DepthwiseWork& work, const VectorRate& rate) {
  const double taps = work.filter_h * work.filter_w;
  const double blocks = ceil_divide(static_cast<double>(work.channels), work.vectors * work.lanes);
  const double step =
      std::max(work.vectors / rate.fma_per_cycle, 2 * work.vectors / rate.loads_per_cycle);
  return blocks * (taps * std::max(step, rate.fma_latency_cycles / kTilesInFlight) +
                   (1 + work.filter_h) * kJumpCycles + kStoreCyclesPerVector * work.vectors +
                   kLoopCyclesPerTile);
}

double soften(double compute, double memory) {
  return std::log(std::max(overlapped(compute, memory), kShortestSeconds));
}

}  // namespace

double dot_log_seconds(const DotShape& shape, const DotTiling& tiling,
                       const DeviceParameters& device) {
  const Blocks blocks = clamp_blocks(shape, tiling);
  const double seconds = overlapped(core_seconds(shape, tiling, blocks, device),
                                    memory_seconds(shape, tiling, blocks, device)) +
                         left_copy_seconds(shape, tiling, blocks, device);
  return std::log(std::max(seconds, kShortestSeconds));
}

Features dot_features(const DotShape& shape, const DotTiling& tiling,
                      const DeviceParameters& device) {
  const Blocks blocks = clamp_blocks(shape, tiling);
  const auto half_log = [](double x) { return 0.5 * std::log2(x); };
  return {half_log(tiling.mr),
          half_log(tiling.nr),
          half_log(blocks.mc * blocks.kc * tiling.bytes.left / device.l2.size_bytes),
          half_log(blocks.nc * blocks.kc * tiling.bytes.right / device.l2.size_bytes),
          half_log(blocks.kc * tiling.nr * tiling.bytes.right / device.l1_bytes),
          tiling.left.is_copied ? 1.0 : 0.0};
}

double depthwise_log_seconds(const DepthwiseWork& work, const DeviceParameters& device) {
  const VectorRate& rate = vector_rate(device, work.lanes);
  const double blocks = ceil_divide(static_cast<double>(work.channels), work.vectors * work.lanes);
  const double tiles = blocks * ceil_divide(static_cast<double>(work.rows), work.tile_rows) *
                       ceil_divide(static_cast<double>(work.columns), work.tile_columns);
  const double singles = blocks * static_cast<double>(work.other_pixels);
  const double cycles =
      tiles * depthwise_tile_cycles(work, rate) +
      static_cast<double>(work.border_pixels) * depthwise_border_cycles(work, rate) +
      static_cast<double>(work.other_pixels) * depthwise_pixel_cycles(work, rate);
  const double pixels =
      static_cast<double>(work.rows * work.columns + work.border_pixels + work.other_pixels);
  const double dst_bytes = pixels * static_cast<double>(work.channels) * work.element_bytes;
  const double src_bytes = dst_bytes * work.stride_h * work.stride_w;
  // A row of the input is read for each row of the filter, from where the rows between fit.
  const double passes = std::max(1.0, static_cast<double>(work.filter_h) / work.stride_h);
  const double all_bytes = src_bytes + dst_bytes;
  const double memory =
      std::max({move_seconds(passes * src_bytes, work.filter_h * work.line_bytes, device),
                move_seconds(all_bytes, all_bytes, device),
                depthwise_set_cycles(work, tiles + singles, blocks) / device.clock_hz});
  const double copies = copy_seconds(work.copied_bytes, 0, all_bytes, device) +
                        work.pixel_copy_count * kJumpCycles / device.clock_hz;
  const double seconds =
      overlapped(cycles / device.clock_hz, memory) + copies + work.call_count * device.call_seconds;
  return std::log(std::max(seconds, kShortestSeconds));
}

double roofline_log_seconds(const Traffic& traffic, const DeviceParameters& device) {
  const double words = traffic.lanes * traffic.element_bytes / kFloatBytes;
  const VectorRate& rate = vector_rate(device, static_cast<std::int32_t>(std::max(words, 1.0)));
  const double vector_bytes = kFloatBytes * rate.lanes;
  const double elements = traffic.lanes > 1 ? vector_bytes / traffic.element_bytes : 1;
  const double flops_per_second = 2 * elements * rate.fma_per_cycle * device.clock_hz;
  // Data in the first level still have to be loaded, a vector at a time.
  const double load_bandwidth = rate.loads_per_cycle * vector_bytes * device.clock_hz;
  const double memory = std::max(traffic.bytes / load_bandwidth,
                                 move_seconds(traffic.bytes, traffic.footprint_bytes, device));
  return soften(traffic.flops / flops_per_second + traffic.call_count * device.call_seconds,
                memory);
}

}  // namespace tilewright::tuner
