// SPDX-License-Identifier: Apache-2.0
// Rough analytic times of kernels: the mean to which the Gaussian process adds what it measures.
#pragma once

#include <cstdint>

#include "lib/tuner/device_probe.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// dst[m, n] = sum over k of a[m, k] * b[k, n]; a convolution has m = pixels, k = kh * kw * i.
struct DotShape {
  std::int64_t m = 1;
  std::int64_t n = 1;
  std::int64_t k = 1;
};

/// How the left operand reaches the kernel.
enum class LeftOperand : std::uint8_t {
  Direct,  // read where it lies
  Packed,  // copied into row panels once per block first
};

/// A register tile and the cache blocks around it; blocks in elements, clamped to the shape.
struct DotTiling {
  std::int32_t mr = 1;     // rows of the register tile
  std::int32_t nr = 1;     // its columns, a multiple of `lanes`
  std::int32_t lanes = 1;  // floats per vector
  LeftOperand left = LeftOperand::Direct;
  std::int64_t mc = 1;  // rows per cache block
  std::int64_t nc = 1;  // columns per cache block
  std::int64_t kc = 1;  // reduction steps per cache block
};

/// Natural logarithm of the seconds one core needs.
///
/// Compute cycles count whole tiles, so padding is paid for; memory time is that of the slowest
/// level:
///   log(max(t_core, t_mem) + 0.3 * min(t_core, t_mem)).
/// Macro loops are blocks of n, then of k, then of m; in a block the column panels are outermost.
[[nodiscard]] double dot_log_seconds(const DotShape& shape, const DotTiling& tiling,
                                     const DeviceParameters& device);

/// Tile sizes and the footprints of blocks over the caches they should stay in: comparable between
/// layers and devices, unlike raw block sizes.
[[nodiscard]] Features dot_features(const DotShape& shape, const DotTiling& tiling,
                                    const DeviceParameters& device);

/// What a memory-bound kernel moves and computes.
struct Traffic {
  double bytes = 0;  // read and written, each once
  double flops = 0;
  double footprint_bytes = 0;  // what one pass touches; says which cache serves it
  double call_count = 1;       // calls of the generated kernel
  std::int32_t lanes = 1;
};

/// Natural logarithm of the seconds one core needs: the roofline, softened as for dot.
[[nodiscard]] double roofline_log_seconds(const Traffic& traffic, const DeviceParameters& device);

}  // namespace tilewright::tuner
