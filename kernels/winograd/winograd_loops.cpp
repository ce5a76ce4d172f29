// SPDX-License-Identifier: Apache-2.0
#include "kernels/winograd/winograd_loops.h"

#include <algorithm>
#include <limits>

#include "kernels/dot/dot_gather.h"
#include "kernels/dot/dot_tiles.h"
#include "kernels/elementwise/activation_rows.h"
#include "kernels/winograd/winograd_block.h"

namespace tilewright::kernels {
namespace {

std::int64_t rounded_up(std::int64_t count, std::int64_t unit) {
  return (count + unit - 1) / unit * unit;
}

WinogradPlanes planes_of(std::int64_t tiles, std::int64_t channels) {
  const std::int64_t row = gathered_stride(channels);
  return {row, gathered_stride(tiles * row)};
}

std::int64_t block_tile_rows(const WinogradGeometry& geometry, const KernelConfig& config) {
  const std::int64_t all = geometry.tile_rows();
  return config.block_rows == 0 ? all : std::min<std::int64_t>(config.block_rows, all);
}

/// Every plane of sums is the product of the plane of inputs with that of the filter.
void multiply_planes(const WinogradJob& job, const WinogradLayout& layout, std::int64_t tiles) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const DotVariant& dot = *job.kernel.dot;
  const DotGeometry products = winograd_products(job.geometry);
  const std::int64_t columns = winograd_columns(job.geometry, job.kernel);
  const std::int64_t depth =
      job.config.block_depth == 0 ? products.channels : job.config.block_depth;
  const DotBlocking blocking{std::min(depth, products.channels),
                             are_far(panel_floats(products, dot))};
  DotTiles product;
  product.tiles = (tiles + dot.mr - 1) / dot.mr;
  product.rows = dot.mr;
  product.src_row = layout.inputs.row;
  product.src_tile = dot.mr * layout.inputs.row;
  product.k1 = products.channels;
  product.dst_row = layout.sums.row;
  product.dst_tile = dot.mr * layout.sums.row;
  for (std::int64_t plane = 0; plane < job.geometry.planes(); ++plane) {
    product.src = job.scratch + plane * layout.inputs.plane;
    product.dst = job.scratch + layout.sums_at + plane * layout.sums.plane;
    multiply_tiles(dot, product, panels_of(products, dot, job.packed, plane), {0, columns},
                   blocking, {-kInfinity, kInfinity, {}}, nullptr);
  }
}

void run_image_rows(const WinogradJob& job, std::int64_t n, std::int64_t begin, std::int64_t end) {
  const WinogradGeometry& geometry = job.geometry;
  const WinogradLayout layout = winograd_layout(geometry, job.kernel, job.config);
  const std::int64_t rows = block_tile_rows(geometry, job.config);
  const std::int64_t last = (end + geometry.outputs - 1) / geometry.outputs;
  for (std::int64_t row = begin / geometry.outputs; row < last; row += rows) {
    const WinogradBlock block{n, row, std::min(row + rows, last)};
    transform_inputs(job, layout, block);
    multiply_planes(job, layout, (block.end - block.begin) * geometry.tile_columns());
    transform_outputs(job, layout, block, std::max(begin, block.begin * geometry.outputs),
                      std::min(end, block.end * geometry.outputs));
  }
}

void activate_rows(const WinogradJob& job, std::int64_t begin, std::int64_t end) {
  float lo = 0, hi = 0;
  if (is_clamp(job.activation, lo, hi)) return;
  for (std::int64_t line = begin; line < end; ++line) {
    apply_activation_rows(job.activation, job.dst.pixel(line * job.geometry.dst_w),
                          job.geometry.dst_w, job.geometry.columns, job.dst.w_stride,
                          job.kernel.variant->isa);
  }
}

}  // namespace

WinogradGeometry winograd_geometry(const Conv2d& op, const Shape& src, const Shape& dst,
                                   std::int64_t outputs) {
  return {.outputs = outputs,
          .images = src[0],
          .src_h = src[1],
          .src_w = src[2],
          .channels = src[3] / op.groups,
          .dst_h = dst[1],
          .dst_w = dst[2],
          .columns = dst[3] / op.groups,
          .pad_top = op.window.pad_top,
          .pad_left = op.window.pad_left};
}

DotGeometry winograd_products(const WinogradGeometry& geometry) {
  return {.groups = geometry.planes(), .channels = geometry.channels, .columns = geometry.columns};
}

std::int64_t winograd_columns(const WinogradGeometry& geometry, const WinogradKernel& kernel) {
  return rounded_up(geometry.columns, kernel.dot->nr);
}

WinogradLayout winograd_layout(const WinogradGeometry& geometry, const WinogradKernel& kernel,
                               const KernelConfig& config) {
  WinogradLayout layout{};
  layout.tiles =
      rounded_up(block_tile_rows(geometry, config) * geometry.tile_columns(), kernel.dot->mr);
  layout.patch_channels = std::max<std::int64_t>(geometry.channels, kernel.input->lanes);
  const std::int64_t columns = winograd_columns(geometry, kernel);
  layout.inputs = planes_of(layout.tiles, layout.patch_channels);
  layout.sums = planes_of(layout.tiles, columns);
  layout.sums_at = geometry.planes() * layout.inputs.plane;
  layout.patch_at = layout.sums_at + geometry.planes() * layout.sums.plane;
  layout.edge_at = layout.patch_at + gathered_stride(geometry.planes() * layout.patch_channels);
  layout.floats = layout.edge_at + geometry.outputs * geometry.outputs * columns;
  return layout;
}

std::int64_t winograd_scratch_floats(const WinogradGeometry& geometry, const WinogradKernel& kernel,
                                     const KernelConfig& config) {
  if (geometry.dst_h == 0 || geometry.dst_w == 0) return 0;
  return winograd_layout(geometry, kernel, config).floats;
}

void run_winograd(const WinogradJob& job, std::int64_t begin, std::int64_t end) {
  const std::int64_t height = job.geometry.dst_h;
  for (std::int64_t line = begin; line < end;) {
    const std::int64_t y = line % height;
    const std::int64_t rows = std::min(end - line, height - y);
    run_image_rows(job, line / height, y, y + rows);
    activate_rows(job, line, line + rows);
    line += rows;
  }
}

}  // namespace tilewright::kernels
