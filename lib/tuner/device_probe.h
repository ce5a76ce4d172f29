// SPDX-License-Identifier: Apache-2.0
// The handful of numbers about a device that the analytic cost model needs, and how to measure
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "lib/tuner/measure.h"

namespace tilewright::tuner {

/// What one core does per cycle with vectors of `lanes` floats.
struct VectorRate {
  std::int32_t lanes = 1;
  double fma_per_cycle = 1;    // vector multiply-adds
  double loads_per_cycle = 1;  // vector loads or broadcasts
  double fma_latency_cycles = 4;
};

/// What one core does per cycle with sums of products of narrow integers: vectors of `lanes` sums
/// of 32 bits, to each of which a step adds `products` products of 8 (or 16) bits.
struct DotRate {
  std::int32_t lanes = 1;
  std::int32_t products = 1;
  double per_cycle = 1;  // steps
};

/// One level of the memory hierarchy as one core sees it.
struct MemoryLevel {
  double size_bytes = 0;  // infinite for the last
  double bytes_per_second = 0;
};

/// What the cost model knows about a device. The defaults are those of a mid-range core; they rank
/// candidates well enough where nothing is measured.
struct DeviceParameters {
  double clock_hz = 2.5e9;
  std::array<VectorRate, 4> vectors{{
      {.lanes = 1, .fma_per_cycle = 1, .loads_per_cycle = 2},
      {.lanes = 4, .fma_per_cycle = 1, .loads_per_cycle = 2},
      {.lanes = 8, .fma_per_cycle = 2, .loads_per_cycle = 2},
      {.lanes = 16, .fma_per_cycle = 1, .loads_per_cycle = 1},
  }};
  std::array<DotRate, 3> dots{{
      {.lanes = 4, .products = 4, .per_cycle = 2},   // NEON with dot products
      {.lanes = 8, .products = 2, .per_cycle = 1},   // AVX2: of 16 bits, a product and a sum
      {.lanes = 16, .products = 4, .per_cycle = 1},  // AVX-512 with VNNI
  }};
  double l1_bytes = 32.0 * 1024;
  MemoryLevel l2{.size_bytes = 512.0 * 1024, .bytes_per_second = 80e9};
  MemoryLevel l3{.size_bytes = 4.0 * 1024 * 1024, .bytes_per_second = 25e9};
  double dram_bytes_per_second = 10e9;
  double call_seconds = 40e-9;  // of one call of a generated kernel
};

/// The rates for vectors of `lanes` floats; those of the next narrower entry if there is none.
[[nodiscard]] const VectorRate& vector_rate(const DeviceParameters& device, std::int32_t lanes);

/// The rate for vectors of `lanes` sums of so many products; that of narrower vectors if there is
/// none, else that of the first entry.
[[nodiscard]] const DotRate& dot_rate(const DeviceParameters& device, std::int32_t lanes,
                                      std::int32_t products);

/// Bandwidth of the smallest level that holds `footprint_bytes` beside other data. Footprints that
/// fit the first level count as free: their loads are counted in cycles.
[[nodiscard]] double bytes_per_second(const DeviceParameters& device, double footprint_bytes);

/// Pieces of code for vectors of one width, which the caller brings to measure what they can do.
struct PeakProbe {
  std::int32_t lanes = 1;
  std::int32_t products = 1;  // 1: multiply-adds of floats; more: a `DotRate`
  double fma_count = 0;       // vector multiply-adds, or steps, of one run
  std::function<void()> run{};
  /// Loads all of a multiple of 4 KiB, aligned to 64, in vectors of `lanes` floats. If empty, loads
  /// are not measured.
  std::function<void(std::span<const std::byte>)> read{};
};

/// `known` with the clock measured, the rates of the vector widths for which `peaks` has a probe,
/// and the bandwidths as the widest of them reads. `known` brings the cache sizes. Takes some 10 ms
/// and allocates up to 16 MiB meanwhile; run it on the thread, and core, that will compute.
[[nodiscard]] DeviceParameters measure_device(const DeviceParameters& known,
                                              std::span<const PeakProbe> peaks, const Timer& timer);

}  // namespace tilewright::tuner
