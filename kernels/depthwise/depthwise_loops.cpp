// SPDX-License-Identifier: Apache-2.0
#include "kernels/depthwise/depthwise_loops.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "kernels/cache_lines.h"
#include "kernels/elementwise/activation_rows.h"
#include "kernels/halide/buffer_view.h"
#include "kernels/window_taps.h"

namespace tilewright::kernels {
namespace {

/// Neighbouring outputs whose windows lose the same taps to the padding, along one axis.
struct Run {
  std::int64_t begin, end;
  Taps taps;
};

/// Calls f(run) for the runs that make up [begin, end).
template <typename F>
void for_each_run(std::int64_t begin, std::int64_t end, std::int64_t stride, std::int64_t pad,
                  std::int64_t dilation, std::int64_t filter, std::int64_t extent, F&& f) {
  const auto taps_of = [&](std::int64_t at) {
    return taps_inside(at * stride - pad, dilation, filter, extent);
  };
  for (std::int64_t at = begin; at < end;) {
    Run run{at, at + 1, taps_of(at)};
    while (run.end < end && taps_of(run.end) == run.taps)
      ++run.end;
    f(run);
    at = run.end;
  }
}

bool is_strip(const KernelConfig& config) {
  return config.algorithm == static_cast<std::int32_t>(DepthwiseInput::Strip);
}

/// An image whose rows from `first_row` on are at `data`.
struct Source {
  const float* data;
  std::int64_t first_row;
  std::int64_t h_stride, w_stride;
};

/// The taps of a part of the windows.
BufferView<3> taps_view(const DepthwiseJob& job, const Run& y, const Run& x) {
  const std::int64_t row = job.shape.filter_w * job.tap_stride;
  return {job.filter + y.taps.begin * row + x.taps.begin * job.tap_stride,
          {{{job.shape.channels, 1},
            {x.taps.end - x.taps.begin, job.tap_stride},
            {y.taps.end - y.taps.begin, row}}}};
}

void run_tiles(const DepthwiseJob& job, const DepthwiseVariant& variant, const float* src,
               const Source& source, const Run& y, const Run& x, float* dst,
               const DepthwiseClamp& clamp) {
  const std::int64_t channels = job.shape.channels;
  const auto covered = [&](const Run& run, std::int64_t filter) {
    return (run.end - run.begin - 1) * variant.stride + filter;
  };
  BufferView<3> src_view(src, {{{channels, 1},
                                {covered(x, variant.filter_w), source.w_stride},
                                {covered(y, variant.filter_h), source.h_stride}}});
  BufferView<3> taps = taps_view(job, y, x);
  BufferView<1> bias(job.bias, {{{channels, 1}}});
  BufferView<3> dst_view(
      dst,
      {{{channels, 1}, {x.end - x.begin, job.dst.w_stride}, {y.end - y.begin, job.dst.h_stride}}});
  variant.tile(src_view.get(), taps.get(), bias.get(), clamp.lo, clamp.hi, dst_view.get());
}

/// Outputs that lie along one axis of an image, one element stride from each other.
struct Line {
  std::int64_t count, src_stride, dst_stride;
};

/// Vectors that a variant moves for `count` outputs in a line, about: each tap is brought to all
/// outputs of a tile, and a sum waits for the one before.
std::int64_t cost_of(const DepthwiseAnyVariant& variant, std::int64_t channels,
                     std::int64_t count) {
  constexpr std::int64_t kLoopCost = 2;
  constexpr std::int64_t kLeastCost = 4;
  const std::int64_t blocks = (channels + variant.block() - 1) / variant.block();
  const std::int64_t width = count < variant.tile_x ? 1 : variant.tile_x;
  const std::int64_t tiles = (count + width - 1) / width;
  return blocks * tiles * (kLoopCost + std::max(kLeastCost, (width + 1) * variant.vectors));
}

const DepthwiseAnyVariant& any_variant(const DepthwiseJob& job, std::int64_t count) {
  const std::int64_t channels = job.shape.channels;
  const DepthwiseAnyVariant* best = &job.any.front();
  std::int64_t best_cost = cost_of(*best, channels, count);
  for (const DepthwiseAnyVariant& variant : job.any.subspan(1)) {
    if (variant.block() > channels) break;
    const std::int64_t cost = cost_of(variant, channels, count);
    if (cost > best_cost) continue;
    best = &variant;
    best_cost = cost;
  }
  return *best;
}

/// Tiles lie along the longer axis, be it a column.
void run_any(const DepthwiseJob& job, const float* src, const Source& source, const Run& y,
             const Run& x, float* dst, const DepthwiseClamp& clamp) {
  const DepthwiseShape& s = job.shape;
  const Window& window = s.window;
  const std::int64_t channels = s.channels;
  const std::int64_t taps_w = x.taps.end - x.taps.begin;
  const std::int64_t taps_h = y.taps.end - y.taps.begin;
  Line along{x.end - x.begin, window.stride_w * source.w_stride, job.dst.w_stride};
  Line across{y.end - y.begin, window.stride_h * source.h_stride, job.dst.h_stride};
  if (across.count > along.count) std::swap(along, across);
  BufferView<5> src_view(src, {{{channels, 1},
                                {taps_w, window.dilation_w * source.w_stride},
                                {taps_h, window.dilation_h * source.h_stride},
                                {along.count, along.src_stride},
                                {across.count, across.src_stride}}});
  BufferView<3> taps = taps_view(job, y, x);
  BufferView<1> bias(job.bias, {{{channels, 1}}});
  BufferView<3> dst_view(
      dst, {{{channels, 1}, {along.count, along.dst_stride}, {across.count, across.dst_stride}}});
  const DepthwiseAnyVariant& any = any_variant(job, along.count);
  const auto function = along.count < any.tile_x ? any.taps : any.taps_of_tile;
  function(src_view.get(), taps.get(), bias.get(), clamp.lo, clamp.hi, dst_view.get());
}

bool fills_tiles(const DepthwiseJob& job, const DepthwiseVariant& variant, const Run& y,
                 const Run& x) {
  return job.shape.window.stride_h == variant.stride &&
         job.shape.window.stride_w == variant.stride && job.shape.channels >= variant.block() &&
         x.end - x.begin >= variant.tile_x && y.end - y.begin >= variant.tile_y &&
         y.taps.end - y.taps.begin == variant.filter_h &&
         x.taps.end - x.taps.begin == variant.filter_w;
}

/// What computes these windows by tiles; null if only `any` does.
const DepthwiseVariant* tiles_of(const DepthwiseJob& job, const Run& y, const Run& x) {
  if (job.variant == nullptr) return nullptr;
  if (fills_tiles(job, *job.variant, y, x)) return job.variant;
  for (const DepthwiseVariant& border : job.borders) {
    if (fills_tiles(job, border, y, x)) return &border;
  }
  return nullptr;
}

/// Rows of output pixels [begin, end) of image n.
void run_image_rows(const DepthwiseJob& job, const Source& source, std::int64_t n,
                    std::int64_t begin, std::int64_t end, const DepthwiseClamp& clamp) {
  const DepthwiseShape& s = job.shape;
  const Window& w = s.window;
  for_each_run(
      begin, end, w.stride_h, w.pad_top, w.dilation_h, s.filter_h, s.src_h, [&](const Run& y) {
        for_each_run(0, s.dst_w, w.stride_w, w.pad_left, w.dilation_w, s.filter_w, s.src_w,
                     [&](const Run& x) {
                       const bool reads = y.taps.begin < y.taps.end && x.taps.begin < x.taps.end;
                       const std::int64_t src_y = y.begin * w.stride_h - w.pad_top +
                                                  y.taps.begin * w.dilation_h - source.first_row;
                       const std::int64_t src_x =
                           x.begin * w.stride_w - w.pad_left + x.taps.begin * w.dilation_w;
                       const float* src =
                           reads ? source.data + src_y * source.h_stride + src_x * source.w_stride
                                 : source.data;
                       float* dst = job.dst.image(n) + y.begin * job.dst.h_stride +
                                    x.begin * job.dst.w_stride;
                       if (const DepthwiseVariant* variant = tiles_of(job, y, x))
                         run_tiles(job, *variant, src, source, y, x, dst, clamp);
                       else
                         run_any(job, src, source, y, x, dst, clamp);
                     });
      });
}

/// The source rows of one row of output pixels, each channel repeated for its outputs, in scratch.
Source repeated_rows(const DepthwiseJob& job, std::int64_t n, std::int64_t y) {
  const DepthwiseShape& s = job.shape;
  const std::int64_t top = y * s.window.stride_h - s.window.pad_top;
  const Taps taps = taps_inside(top, s.window.dilation_h, s.filter_h, s.src_h);
  const Source result{job.scratch, top + taps.begin * s.window.dilation_h, s.src_w * s.channels,
                      s.channels};
  const std::int64_t multiplier = s.multiplier();
  // Rows between two taps of a dilated window are skipped.
  for (std::int64_t tap = taps.begin; tap < taps.end; ++tap) {
    const std::int64_t row = top + tap * s.window.dilation_h;
    float* to = job.scratch + (row - result.first_row) * result.h_stride;
    for (std::int64_t x = 0; x < s.src_w; ++x) {
      const float* from = job.src.image(n) + row * job.src.h_stride + x * job.src.w_stride;
      for (std::int64_t c = 0; c < s.channels; ++c)
        *to++ = from[c / multiplier];
    }
  }
  return result;
}

void run_block(const DepthwiseJob& job, std::int64_t n, std::int64_t begin, std::int64_t end,
               const DepthwiseClamp& clamp) {
  if (is_strip(job.config)) {
    run_strips(job, n, begin, end, clamp);
    return;
  }
  if (job.shape.multiplier() == 1) {
    const Source source{job.src.image(n), 0, job.src.h_stride, job.src.w_stride};
    run_image_rows(job, source, n, begin, end, clamp);
    return;
  }
  for (std::int64_t y = begin; y < end; ++y)
    run_image_rows(job, repeated_rows(job, n, y), n, y, y + 1, clamp);
}

}  // namespace

DepthwiseShape depthwise_shape(const DepthwiseConv2d& op, const Shape& src, const Shape& filter,
                               const Shape& dst) {
  return {.window = op.window,
          .src_h = src[1],
          .src_w = src[2],
          .src_channels = src[3],
          .dst_h = dst[1],
          .dst_w = dst[2],
          .channels = dst[3],
          .filter_h = filter[0],
          .filter_w = filter[1]};
}

std::int64_t depthwise_tap_stride(std::int64_t channels) {
  return odd_lines(channels);
}

std::int64_t depthwise_scratch_floats(const DepthwiseShape& shape, const KernelConfig& config) {
  if (shape.dst_h == 0 || shape.dst_w == 0) return 0;
  if (is_strip(config)) {
    const std::int64_t rows = config.block_rows == 0
                                  ? shape.dst_h
                                  : std::min<std::int64_t>(config.block_rows, shape.dst_h);
    return strip_floats(shape, rows, config.block_columns);
  }
  if (shape.multiplier() == 1) return 0;
  const std::int64_t rows = (shape.filter_h - 1) * shape.window.dilation_h + 1;
  return std::min(rows, shape.src_h) * shape.src_w * shape.channels;
}

void run_depthwise(const DepthwiseJob& job, std::int64_t begin, std::int64_t end) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  DepthwiseClamp clamp{-kInfinity, kInfinity};
  const bool has_strip = !is_clamp(job.activation, clamp.lo, clamp.hi);
  if (has_strip) clamp = {-kInfinity, kInfinity};
  const DepthwiseShape& s = job.shape;
  for (std::int64_t line = begin; line < end;) {
    const std::int64_t n = line / s.dst_h;
    const std::int64_t y = line % s.dst_h;
    std::int64_t rows = std::min(end - line, s.dst_h - y);
    if (job.config.block_rows > 0) rows = std::min<std::int64_t>(rows, job.config.block_rows);
    run_block(job, n, y, y + rows, clamp);
    for (std::int64_t i = 0; has_strip && i < rows; ++i) {
      apply_activation_rows(job.activation, job.dst.pixel((line + i) * s.dst_w), s.dst_w,
                            s.channels, job.dst.w_stride, job.any.front().isa);
    }
    line += rows;
  }
}

}  // namespace tilewright::kernels
