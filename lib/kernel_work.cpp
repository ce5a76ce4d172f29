// SPDX-License-Identifier: Apache-2.0
#include "lib/kernel_work.h"

#include <algorithm>
#include <utility>

#include "kernels/depthwise/depthwise.h"
#include "kernels/depthwise/depthwise_loops.h"
#include "kernels/dot/dot_gather.h"
#include "kernels/dot/dot_loops.h"
#include "kernels/dot_i8/i8_loops.h"
#include "kernels/op_rules.h"

namespace tilewright {
namespace {

using kernels::DotGeometry;
using kernels::DotInput;

/// Floating-point operations per output element of ops without multiply-accumulates; a rough weight
/// of their arithmetic.
constexpr double kFlopsPerElement = 4;

struct Products {
  DotGeometry geometry;
  std::int64_t count = 1;
};

/// A transposed convolution is as many small ones as its strides have phases; their mean is one of
/// the same multiply-accumulates.
DotGeometry phase_geometry(const ProgramOp& op, const Window& window) {
  const Shape& src = op.src[0].spec.shape;
  const Shape& filter = op.src[1].spec.shape;
  const auto share = [](std::int64_t taps, std::int64_t stride) {
    return std::max<std::int64_t>((taps + stride - 1) / stride, 1);
  };
  return {.images = src[0],
          .src_h = src[1],
          .src_w = src[2],
          .dst_h = src[1],
          .dst_w = src[2],
          .filter_h = share(filter[1], window.stride_h),
          .filter_w = share(filter[2], window.stride_w),
          .channels = src.last(),
          .columns = op.dst.spec.shape.last()};
}

std::optional<Products> products_of(const ProgramOp& op) {
  if (op.src.size() < 2) return std::nullopt;
  const kernels::DotShapes shapes{op.src[0].spec.shape, op.src[1].spec.shape, op.dst.spec.shape};
  if (const auto* conv = std::get_if<Conv2d>(&op.op))
    return Products{kernels::conv2d_geometry(*conv, shapes), conv->groups};
  if (std::holds_alternative<FullyConnected>(op.op))
    return Products{kernels::fully_connected_geometry(shapes), 1};
  if (const auto* conv = std::get_if<ConvTranspose2d>(&op.op)) {
    const std::int64_t phases = std::int64_t{conv->window.stride_h} * conv->window.stride_w;
    return Products{phase_geometry(op, conv->window), phases};
  }
  if (const auto* matmul = std::get_if<MatMul>(&op.op)) {
    const DotGeometry geometry = kernels::matmul_geometry(*matmul, shapes);
    const std::int64_t rows = std::max<std::int64_t>(geometry.dst_w, 1);
    return Products{geometry, kernels::row_count(shapes.dst) / rows};
  }
  return std::nullopt;
}

double element_bytes(const ProgramOperand& operand) {
  return static_cast<double>(size_bytes(operand.spec.dtype));
}

/// The distance of pixels and of rows of an operand, in elements.
std::int64_t stride_from_end(const ProgramOperand& operand, int dims) {
  const int axis = operand.spec.shape.rank() - dims;
  return axis < 0 ? 0 : operand.place.strides[static_cast<std::size_t>(axis)];
}

/// Every window as a row: a run of bytes per row of the filter, or per tap where pixels have gaps.
void describe_gathered(const DotGeometry& geometry, const ProgramOperand& src,
                       tuner::LeftOperand& left) {
  const bool is_dense = stride_from_end(src, 2) == geometry.channels && geometry.dilation_w == 1;
  const auto rows = static_cast<double>(geometry.rows());
  left.is_copied = true;
  left.copied_bytes = rows * static_cast<double>(geometry.depth()) * element_bytes(src);
  left.copy_calls = rows * static_cast<double>(geometry.filter_h) *
                    static_cast<double>(is_dense ? 1 : geometry.filter_w);
}

/// Rows of pixels with their padding, the overlap of blocks once more for each.
void describe_strip(const DotGeometry& geometry, const kernels::Tile& tile, std::int64_t block_rows,
                    double element_bytes, tuner::LeftOperand& left) {
  const kernels::DotStrip strip = kernels::dot_strip(geometry, tile.mr);
  const std::int64_t blocks = geometry.images * ((geometry.dst_h + block_rows - 1) / block_rows);
  const auto pixel_rows = static_cast<double>(blocks * strip.rows(geometry, block_rows));
  const bool has_gaps = strip.w_stride != geometry.channels || geometry.groups > 1;
  left.is_copied = true;
  left.copied_bytes = pixel_rows * static_cast<double>(strip.w * geometry.channels) * element_bytes;
  left.copy_calls = pixel_rows * static_cast<double>(has_gaps ? strip.w : 1);
}

/// Output pixels whose windows lie inside the input, along one dimension.
std::int64_t inside(std::int64_t dst, std::int64_t src, std::int64_t filter, std::int64_t stride,
                    std::int64_t dilation, std::int64_t pad) {
  const std::int64_t first = (pad + stride - 1) / stride;
  const std::int64_t reach = src + pad - (filter - 1) * dilation - 1;
  const std::int64_t end = reach < 0 ? 0 : std::min(dst, reach / stride + 1);
  return std::max<std::int64_t>(end - first, 0);
}

/// Each side of the image is made in a call.
void describe_borders(const kernels::DepthwiseShape& s, std::int64_t images,
                      tuner::DepthwiseWork& work) {
  const Window& w = s.window;
  const std::int64_t rows =
      inside(s.dst_h, s.src_h, s.filter_h, w.stride_h, w.dilation_h, w.pad_top);
  work.columns = inside(s.dst_w, s.src_w, s.filter_w, w.stride_w, w.dilation_w, w.pad_left);
  work.rows = images * rows;
  work.other_pixels = images * s.dst_h * s.dst_w - work.rows * work.columns;
  const auto runs = [](std::int64_t all, std::int64_t of_inside) {
    return all > of_inside ? 3 : 1;
  };
  work.call_count = static_cast<double>(images * runs(s.dst_h, rows) * runs(s.dst_w, work.columns));
}

/// Blocks of channels of some rows, copied with their padding: a copy and a call for each.
void describe_strips(const kernels::DepthwiseShape& s, const kernels::KernelConfig& config,
                     std::int64_t images, tuner::DepthwiseWork& work) {
  const std::int64_t channels = std::max<std::int64_t>(config.block_columns, 1);
  const std::int64_t rows = config.block_rows > 0 ? config.block_rows : s.dst_h;
  const std::int64_t strips = images * ((s.dst_h + rows - 1) / rows);
  const std::int64_t blocks = (s.channels + channels - 1) / channels;
  const std::int64_t strip_floats = kernels::strip_floats(s, std::min(rows, s.dst_h), channels);
  work.call_count = static_cast<double>(2 * strips * blocks);
  work.copied_bytes = static_cast<double>(strips * blocks * strip_floats) * work.element_bytes;
  work.pixel_copy_count = static_cast<double>(strips * blocks * strip_floats / channels);
  work.line_bytes = 0;
}

void describe_tile(const kernels::DepthwiseVariant& variant, tuner::DepthwiseWork& work) {
  using tuner::DepthwiseOrder;
  work.tile_rows = variant.tile_y;
  work.tile_columns = variant.tile_x;
  work.order = variant.order == 0   ? DepthwiseOrder::Channels
               : variant.order == 1 ? DepthwiseOrder::Columns
                                    : DepthwiseOrder::Rows;
  const bool has_border_tiles = variant.filter_h == 3 && variant.filter_w == 3;
  if (has_border_tiles) std::swap(work.border_pixels, work.other_pixels);
}

std::int64_t block_or_all(std::int64_t blocks, std::int64_t unit, std::int64_t all) {
  return blocks > 0 ? std::min(blocks * unit, all) : all;
}

/// All in one block.
DotWork unblocked_work(const ProgramOp& op, const Products& products, const kernels::Tile& tile) {
  const DotGeometry& geometry = products.geometry;
  DotWork work{{geometry.rows(), geometry.columns, geometry.depth()}, {}, products.count};
  tuner::DotTiling& tiling = work.tiling;
  tiling.mr = tile.mr;
  tiling.nr = tile.nr;
  tiling.lanes = tile.lanes;
  tiling.bytes = {element_bytes(op.src[0]), element_bytes(op.src[1]), element_bytes(op.dst)};
  tiling.mc = work.shape.m;
  tiling.nc = work.shape.n;
  tiling.kc = work.shape.k;
  return work;
}

/// Of the int8 family. Packed rows are in the form of the instruction, which may be wider.
DotWork i8_work(const ProgramOp& op, const Products& products, const KernelChoice& choice) {
  const DotGeometry& geometry = products.geometry;
  const kernels::Tile& tile = choice.kernel->tile;
  const bool is_packed =
      choice.config.algorithm == static_cast<std::int32_t>(kernels::I8Input::Packed);
  const kernels::DotI8Variant& variant =
      *static_cast<const kernels::DotI8Variant*>(choice.kernel->functions);
  DotWork work = unblocked_work(op, products, tile);
  tuner::DotTiling& tiling = work.tiling;
  tiling.products = variant.products;
  tiling.mc = block_or_all(choice.config.block_rows, tile.mr, work.shape.m);
  if (is_packed) {
    tiling.bytes.left = static_cast<double>(variant.packed_bytes());
    describe_gathered(geometry, op.src[0], tiling.left);
    tiling.left.copied_bytes *= tiling.bytes.left;
  } else {
    tiling.left.row_stride_bytes =
        static_cast<double>(stride_from_end(op.src[0], 2)) * tiling.bytes.left;
  }
  return work;
}

}  // namespace

std::optional<DotWork> dot_work(const ProgramOp& op, const KernelChoice& choice) {
  const bool is_i8 = choice.kernel->family == "dot_i8";
  if ((choice.kernel->family != "dot" && !is_i8) || choice.kernel->functions == nullptr)
    return std::nullopt;
  const std::optional<Products> products = products_of(op);
  if (!products) return std::nullopt;
  if (is_i8) return i8_work(op, *products, choice);
  const DotGeometry& geometry = products->geometry;
  const kernels::Tile& tile = choice.kernel->tile;
  const kernels::KernelConfig& config = choice.config;
  const auto input = static_cast<DotInput>(config.algorithm);
  const bool by_line = kernels::works_by_image_row(geometry, config);
  DotWork work = unblocked_work(op, *products, tile);
  tuner::DotTiling& tiling = work.tiling;
  tiling.depth = tile.depth;
  const auto& variant = *static_cast<const kernels::DotVariant*>(choice.kernel->functions);
  tiling.left.has_one_address = variant.src_row != 0;
  tiling.stores_columns = variant.masked;
  tiling.mc = block_or_all(config.block_rows, by_line ? geometry.dst_w : tile.mr, work.shape.m);
  tiling.nc = block_or_all(config.block_columns, tile.nr, work.shape.n);
  if (config.block_depth > 0) {
    const std::int64_t k1 = by_line ? geometry.channels : work.shape.k;
    const std::int64_t blocks = (k1 + config.block_depth - 1) / config.block_depth;
    tiling.kc = (work.shape.k + blocks - 1) / std::max<std::int64_t>(blocks, 1);
  }
  if (by_line) {
    tiling.left.line_rows = geometry.dst_w;
    tiling.left.run_steps = geometry.channels;
  }
  const std::int64_t lines = block_or_all(config.block_rows, 1, geometry.dst_h);
  if (input == DotInput::Gathered) describe_gathered(geometry, op.src[0], tiling.left);
  if (input == DotInput::Strip)
    describe_strip(geometry, tile, lines, tiling.bytes.left, tiling.left);
  if (input == DotInput::InPlace) {
    tiling.left.row_stride_bytes =
        static_cast<double>(stride_from_end(op.src[0], 2) * geometry.stride_w) * tiling.bytes.left;
  }
  return work;
}

std::optional<tuner::DepthwiseWork> depthwise_work(const ProgramOp& op,
                                                   const KernelChoice& choice) {
  const auto* conv = std::get_if<DepthwiseConv2d>(&op.op);
  if (conv == nullptr || choice.kernel->family != "depthwise") return std::nullopt;
  if (choice.kernel->functions == nullptr) return std::nullopt;
  const kernels::DepthwiseShape s = kernels::depthwise_shape(
      *conv, op.src[0].spec.shape, op.src[1].spec.shape, op.dst.spec.shape);
  const std::int64_t images = op.dst.spec.shape[0];
  const kernels::Tile& tile = choice.kernel->tile;
  tuner::DepthwiseWork work{.rows = images * s.dst_h,
                            .columns = s.dst_w,
                            .channels = s.channels,
                            .filter_h = static_cast<std::int32_t>(s.filter_h),
                            .filter_w = static_cast<std::int32_t>(s.filter_w),
                            .stride_h = s.window.stride_h,
                            .stride_w = s.window.stride_w,
                            .vectors = std::max(tile.nr / std::max(tile.lanes, 1), 1),
                            .lanes = tile.lanes};
  work.element_bytes = element_bytes(op.dst);
  work.line_bytes = static_cast<double>(s.src_w * s.src_channels) * work.element_bytes;
  if (static_cast<kernels::DepthwiseInput>(choice.config.algorithm) ==
      kernels::DepthwiseInput::Strip) {
    describe_strips(s, choice.config, images, work);
  } else {
    describe_borders(s, images, work);
    work.pixel_bytes = stride_from_end(op.src[0], 2) * size_bytes(op.src[0].spec.dtype);
  }
  if (const kernels::DepthwiseVariant* variant = kernels::depthwise_variant(*choice.kernel)) {
    describe_tile(*variant, work);
  } else {
    work.other_pixels += work.rows * work.columns;
    work.rows = 0;
  }
  return work;
}

tuner::Traffic traffic(const ProgramOp& op, const KernelChoice& choice) {
  double bytes = static_cast<double>(op.dst.spec.size_bytes());
  for (const ProgramOperand& src : op.src)
    bytes += static_cast<double>(src.spec.size_bytes());
  const double macs = static_cast<double>(kernels::macs(op.op, src_specs(op), op.dst.spec));
  const double elements = static_cast<double>(op.dst.spec.shape.elements());
  return {.bytes = bytes,
          .flops = 2 * macs + kFlopsPerElement * elements,
          .footprint_bytes = bytes,
          .lanes = choice.kernel->tile.lanes,
          .element_bytes = element_bytes(op.dst)};
}

}  // namespace tilewright
