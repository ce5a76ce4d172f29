// SPDX-License-Identifier: Apache-2.0
// The scratch of a block of tiles, and the transforms from and to images.
#pragma once

#include "kernels/winograd/winograd_loops.h"

namespace tilewright::kernels {

/// Elements apart in the planes of a block; planes are an odd number of cache lines apart, so that
/// a tile's elements fall into different sets of the first-level cache.
struct WinogradPlanes {
  std::int64_t row;    // from a tile to the next
  std::int64_t plane;  // from a plane to the next
};

/// How the scratch of a block is laid out.
struct WinogradLayout {
  std::int64_t tiles;  // of a block, with those that fill the last tile of the dot kernel
  WinogradPlanes inputs, sums;
  std::int64_t patch_channels;  // of an input tile copied with its padding
  std::int64_t sums_at, patch_at, edge_at, floats;
};
[[nodiscard]] WinogradLayout winograd_layout(const WinogradGeometry& geometry,
                                             const WinogradKernel& kernel,
                                             const KernelConfig& config);

/// Rows of tiles [begin, end) of image n.
struct WinogradBlock {
  std::int64_t n, begin, end;
};

/// Fills the planes of inputs of a block.
void transform_inputs(const WinogradJob& job, const WinogradLayout& layout,
                      const WinogradBlock& block);

/// From the planes of sums to rows of output pixels [y_begin, y_end) of the block's image.
void transform_outputs(const WinogradJob& job, const WinogradLayout& layout,
                       const WinogradBlock& block, std::int64_t y_begin, std::int64_t y_end);

}  // namespace tilewright::kernels
