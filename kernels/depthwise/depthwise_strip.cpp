// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution by strips: a block of channels of some rows is copied with its padding,
// small enough for the first-level cache, and every window is then inside. Pixels of many channels
// lie at distances that would share a few sets of that cache; in a strip they are neighbours.
#include <algorithm>

#include "kernels/depthwise/depthwise_loops.h"
#include "kernels/halide/buffer_view.h"

namespace tilewright::kernels {
namespace {

std::int64_t strip_width(const DepthwiseShape& s) {
  return (s.dst_w - 1) * s.window.stride_w + s.filter_w;
}

std::int64_t strip_height(const DepthwiseShape& s, std::int64_t rows) {
  return (rows - 1) * s.window.stride_h + s.filter_h;
}

/// The part of a strip that is not padding, in pixels of the strip.
struct Inside {
  std::int64_t y_begin, y_end, x_begin, x_end;
};

Inside inside_of(const DepthwiseShape& s, std::int64_t top, std::int64_t height) {
  const std::int64_t left = s.window.pad_left;
  return {std::clamp<std::int64_t>(-top, 0, height),
          std::clamp(s.src_h - top, std::int64_t{0}, height),
          std::min<std::int64_t>(left, strip_width(s)),
          std::min<std::int64_t>(left + s.src_w, strip_width(s))};
}

/// Copies channels from `channel` on into the strip; its padding stays.
void fill(const DepthwiseJob& job, std::int64_t n, std::int64_t top, const Inside& inside,
          std::int64_t channel) {
  if (inside.y_begin >= inside.y_end || inside.x_begin >= inside.x_end) return;
  const std::int64_t channels = job.config.block_columns;
  const std::int64_t width = strip_width(job.shape);
  const std::int64_t columns = inside.x_end - inside.x_begin;
  const std::int64_t rows = inside.y_end - inside.y_begin;
  const float* from = job.src.image(n) + (top + inside.y_begin) * job.src.h_stride +
                      (inside.x_begin - job.shape.window.pad_left) * job.src.w_stride + channel;
  float* to = job.scratch + (inside.y_begin * width + inside.x_begin) * channels;
  BufferView<3> src(from, {{{channels, 1}, {columns, job.src.w_stride}, {rows, job.src.h_stride}}});
  BufferView<3> dst(to, {{{channels, 1}, {columns, channels}, {rows, width * channels}}});
  job.copy->copy(src.get(), dst.get());
}

}  // namespace

std::int64_t strip_floats(const DepthwiseShape& shape, std::int64_t rows, std::int64_t channels) {
  return strip_height(shape, rows) * strip_width(shape) * channels;
}

void run_strips(const DepthwiseJob& job, std::int64_t n, std::int64_t begin, std::int64_t end,
                const DepthwiseClamp& clamp) {
  const DepthwiseShape& s = job.shape;
  const std::int64_t block = job.config.block_columns;
  const std::int64_t width = strip_width(s);
  const std::int64_t height = strip_height(s, end - begin);
  const std::int64_t top = begin * s.window.stride_h - s.window.pad_top;
  const Inside inside = inside_of(s, top, height);
  std::fill_n(job.scratch, height * width * block, 0.0F);
  BufferView<3> src(job.scratch, {{{block, 1}, {width, block}, {height, width * block}}});
  BufferView<3> taps(
      job.filter,
      {{{block, 1}, {s.filter_w, job.tap_stride}, {s.filter_h, s.filter_w * job.tap_stride}}});
  BufferView<1> bias(job.bias, {{{block, 1}}});
  float* dst_base = job.dst.image(n) + begin * job.dst.h_stride;
  BufferView<3> dst(dst_base,
                    {{{block, 1}, {s.dst_w, job.dst.w_stride}, {end - begin, job.dst.h_stride}}});
  for (std::int64_t next = 0; next < s.channels; next += block) {
    // The last block overlaps the one before: the same values are computed again.
    const std::int64_t channel = std::min(next, s.channels - block);
    fill(job, n, top, inside, channel);
    taps.set_data(job.filter + channel);
    bias.set_data(job.bias + channel);
    dst.set_data(dst_base + channel);
    job.variant->tile(src.get(), taps.get(), bias.get(), clamp.lo, clamp.hi, dst.get());
  }
}

}  // namespace tilewright::kernels
