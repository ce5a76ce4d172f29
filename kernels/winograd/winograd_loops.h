// SPDX-License-Identifier: Apache-2.0
// The loops around the transforms and the dot kernel: blocks of tiles are transformed, multiplied
// plane by plane, and transformed back while they are in the second-level cache.
#pragma once

#include "kernels/dot/dot_panels.h"
#include "kernels/images.h"
#include "kernels/winograd/winograd_variant.h"

namespace tilewright::kernels {

/// The functions of one kernel.
struct WinogradKernel {
  const WinogradVariant* variant;
  const WinogradInput* input;
  const WinogradOutput* output;
  const DotVariant* dot;
};

/// A group of a convolution by tiles of `outputs` x `outputs` outputs. Tiles begin at the first row
/// and column of each image, so what a tile holds does not depend on which rows are asked for.
struct WinogradGeometry {
  std::int64_t outputs;
  std::int64_t images;
  std::int64_t src_h, src_w, channels;
  std::int64_t dst_h, dst_w, columns;
  std::int64_t pad_top, pad_left;

  [[nodiscard]] std::int64_t inputs() const { return outputs + 2; }
  [[nodiscard]] std::int64_t planes() const { return inputs() * inputs(); }
  [[nodiscard]] std::int64_t tile_rows() const { return (dst_h + outputs - 1) / outputs; }
  [[nodiscard]] std::int64_t tile_columns() const { return (dst_w + outputs - 1) / outputs; }
};

/// Of each group of a 3x3 convolution of stride 1; shapes of src and dst are n, h, w, c.
[[nodiscard]] WinogradGeometry winograd_geometry(const Conv2d& op, const Shape& src,
                                                 const Shape& dst, std::int64_t outputs);

/// The products as dot panels: one group per plane.
[[nodiscard]] DotGeometry winograd_products(const WinogradGeometry& geometry);

/// Columns of the products, with those that fill the last panel.
[[nodiscard]] std::int64_t winograd_columns(const WinogradGeometry& geometry,
                                            const WinogradKernel& kernel);

/// `KernelConfig` means: `algorithm` outputs of a tile along an axis; `block_rows` rows of tiles
/// per block, 0 for all of an image; `block_depth` channels per call of the dot kernel, 0 for all.
struct WinogradJob {
  const WinogradKernel& kernel;
  const KernelConfig& config;
  WinogradGeometry geometry;
  Activation activation;
  Images src, dst;
  Images addend;        // data is null if there is none
  const float* packed;  // dot panels of the products, then the bias, `winograd_columns` of it
  float* scratch;       // `winograd_scratch_floats`
};

/// Floats of the panels, rounded up to a cache line; the bias follows.
[[nodiscard]] std::int64_t winograd_panel_floats(const WinogradGeometry& geometry,
                                                 const WinogradKernel& kernel);

[[nodiscard]] std::int64_t winograd_scratch_floats(const WinogradGeometry& geometry,
                                                   const WinogradKernel& kernel,
                                                   const KernelConfig& config);

/// Computes rows of output pixels [begin, end), counted over all images.
void run_winograd(const WinogradJob& job, std::int64_t begin, std::int64_t end);

/// Writes panels and bias. `filter` is [column][3][3][channel].
void pack_winograd(const WinogradGeometry& geometry, const WinogradKernel& kernel,
                   const float* filter, const float* bias, float* packed);

}  // namespace tilewright::kernels
