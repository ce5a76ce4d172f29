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

/// How the rows of the left operand reach the kernel.
struct LeftOperand {
  /// Copied into scratch at a stride that suits the first-level cache, once per block of rows; else
  /// read where it lies.
  bool is_copied = false;
  double copied_bytes = 0;       // of one product
  double copy_calls = 0;         // runs of bytes that are copied
  double row_stride_bytes = 0;   // from a row of a tile to the next; 0: unknown, harmless
  std::int64_t line_rows = 0;    // tiles end where a line of rows ends; 0: a single line
  std::int64_t run_steps = 0;    // of the reduction between jumps of the address; 0: all
  bool has_one_address = false;  // the kernel knows the distance of rows
};

/// Of one element of each operand, as the kernel reads or writes it.
struct ElementBytes {
  double left = 4;  // of the copies, where it is copied
  double right = 4;
  double dst = 4;
};

/// A register tile and the cache blocks around it; blocks in elements, clamped to the shape.
struct DotTiling {
  std::int32_t mr = 1;          // rows of the register tile
  std::int32_t nr = 1;          // its columns, a multiple of `lanes`
  std::int32_t lanes = 1;       // sums per vector
  std::int32_t products = 1;    // that one step adds to each sum: see `DotRate`
  std::int32_t depth = 1;       // steps of the reduction that a vector of several columns holds
  bool stores_columns = false;  // of a last panel, those that there are, without a copy
  ElementBytes bytes{};
  LeftOperand left{};
  std::int64_t mc = 1;  // rows per cache block
  std::int64_t nc = 1;  // columns per cache block
  std::int64_t kc = 1;  // reduction steps per cache block
};

/// Natural logarithm of the seconds one core needs.
///
/// A step of a tile takes as long as its multiply-adds, its loads, or the latency of one
/// accumulator; rows that share sets of the first-level cache are loaded anew for every step. Tiles
/// are counted whole, so padding is paid for, and what a tile of scratch must hold costs a call and
/// a copy of its own. Memory time is that of the panels (each passes by all rows of a block), the
/// blocks, and the copies:
///   log(max(t_core, t_mem) + 0.3 * min(t_core, t_mem)).
/// Macro loops are blocks of n, then of m, then of k; in a block the column panels are outermost.
[[nodiscard]] double dot_log_seconds(const DotShape& shape, const DotTiling& tiling,
                                     const DeviceParameters& device);

/// Tile sizes and the footprints of blocks over the caches they should stay in: comparable between
/// layers and devices, unlike raw block sizes.
[[nodiscard]] Features dot_features(const DotShape& shape, const DotTiling& tiling,
                                    const DeviceParameters& device);

/// The innermost loop over tiles.
enum class DepthwiseOrder : std::uint8_t { Channels, Columns, Rows };

/// A convolution of each channel by itself, in tiles of outputs by a block of channels.
struct DepthwiseWork {
  std::int64_t rows = 1, columns = 1;  // of output pixels that tiles make, all images together
  std::int64_t border_pixels = 0;      // whose windows lose taps, in tiles of their own
  std::int64_t other_pixels = 0;       // made one by one
  std::int64_t channels = 1;
  std::int32_t filter_h = 1, filter_w = 1;
  std::int32_t stride_h = 1, stride_w = 1;
  std::int32_t tile_rows = 1, tile_columns = 1;
  std::int32_t vectors = 1;  // of `lanes` channels in a tile
  std::int32_t lanes = 1;
  DepthwiseOrder order = DepthwiseOrder::Channels;  // innermost
  std::int64_t pixel_bytes = 0;  // from a pixel of input to the next; 0 if they lie in a strip
  double element_bytes = 4;
  double line_bytes = 0;        // of a row of input, all channels that are read before the next row
  double copied_bytes = 0;      // into strips, if any
  double call_count = 1;        // calls of generated kernels
  double pixel_copy_count = 0;  // pixels of strips
};

/// Natural logarithm of the seconds one core needs: multiply-adds, loads of inputs and taps and
/// stores per tile, whole tiles, against the bytes moved.
[[nodiscard]] double depthwise_log_seconds(const DepthwiseWork& work,
                                           const DeviceParameters& device);

/// What a memory-bound kernel moves and computes.
struct Traffic {
  double bytes = 0;  // read and written, each once
  double flops = 0;
  double footprint_bytes = 0;  // what one pass touches; says which cache serves it
  double call_count = 1;       // calls of the generated kernel
  std::int32_t lanes = 1;      // elements of a vector
  double element_bytes = 4;
};

/// Natural logarithm of the seconds one core needs: the roofline, softened as for dot.
[[nodiscard]] double roofline_log_seconds(const Traffic& traffic, const DeviceParameters& device);

}  // namespace tilewright::tuner
