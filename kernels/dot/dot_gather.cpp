// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot/dot_gather.h"

#include <algorithm>
#include <cstring>

#include "kernels/window_taps.h"

namespace tilewright::kernels {
namespace {

/// Below this many channels a strip keeps its pixels dense, so that neighbouring pixels make one
/// long reduction.
constexpr std::int64_t kNarrowPixel = 64;

std::int64_t odd_lines(std::int64_t floats) {
  return ((floats + kLineFloats - 1) / kLineFloats | 1) * kLineFloats;
}

float* copy(const float* src, std::int64_t count, float* dst) {
  std::memcpy(dst, src, static_cast<std::size_t>(count) * sizeof(float));
  return dst + count;
}

float* zero(std::int64_t count, float* dst) {
  std::memset(dst, 0, static_cast<std::size_t>(count) * sizeof(float));
  return dst + count;
}

/// One row of the filter over one row of src.
float* gather_taps(const DotGeometry& geometry, const Images& src, const float* line,
                   std::int64_t x, float* dst) {
  const std::int64_t channels = geometry.channels;
  const Taps taps = taps_inside(x, geometry.dilation_w, geometry.filter_w, geometry.src_w);
  dst = zero(taps.begin * channels, dst);
  if (geometry.dilation_w == 1 && src.w_stride == channels) {
    dst = copy(line + (x + taps.begin) * channels, (taps.end - taps.begin) * channels, dst);
  } else {
    for (std::int64_t kw = taps.begin; kw < taps.end; ++kw)
      dst = copy(line + (x + kw * geometry.dilation_w) * src.w_stride, channels, dst);
  }
  return zero((geometry.filter_w - taps.end) * channels, dst);
}

void gather_window(const DotGeometry& geometry, const Images& src, const float* image,
                   std::int64_t y, std::int64_t x, float* dst) {
  const std::int64_t first_y = y * geometry.stride_h + geometry.offset_h;
  const std::int64_t first_x = x * geometry.stride_w + geometry.offset_w;
  for (std::int64_t kh = 0; kh < geometry.filter_h; ++kh) {
    const std::int64_t src_y = first_y + kh * geometry.dilation_h;
    if (src_y < 0 || src_y >= geometry.src_h) {
      dst = zero(geometry.filter_w * geometry.channels, dst);
    } else {
      dst = gather_taps(geometry, src, image + src_y * src.h_stride, first_x, dst);
    }
  }
}

/// One row of a strip: zeros, pixels [begin, end) of src, zeros.
void fill_strip_row(const DotGeometry& geometry, const Images& src, const float* line,
                    const DotStrip& strip, float* dst) {
  const std::int64_t channels = geometry.channels;
  const std::int64_t begin = std::clamp<std::int64_t>(-geometry.offset_w, 0, strip.w);
  const std::int64_t end = std::clamp(geometry.src_w - geometry.offset_w, begin, strip.w);
  zero(begin * strip.w_stride, dst);
  if (strip.w_stride == channels && src.w_stride == channels) {
    copy(line + (begin + geometry.offset_w) * channels, (end - begin) * channels,
         dst + begin * channels);
  } else {
    for (std::int64_t x = begin; x < end; ++x)
      copy(line + (x + geometry.offset_w) * src.w_stride, channels, dst + x * strip.w_stride);
  }
  zero((strip.w - end) * strip.w_stride, dst + end * strip.w_stride);
}

}  // namespace

std::int64_t gathered_stride(std::int64_t depth) {
  return odd_lines(depth);
}

void gather_rows(const DotGeometry& geometry, const Images& src, std::int64_t row,
                 std::int64_t count, std::int64_t padded_count, float* dst) {
  const std::int64_t stride = gathered_stride(geometry.depth());
  const std::int64_t image_rows = geometry.dst_h * geometry.dst_w;
  std::int64_t n = row / image_rows;
  std::int64_t y = row / geometry.dst_w % geometry.dst_h;
  std::int64_t x = row % geometry.dst_w;
  const float* image = src.image(n);
  for (std::int64_t i = 0; i < count; ++i, dst += stride) {
    gather_window(geometry, src, image, y, x, dst);
    if (++x < geometry.dst_w) continue;
    x = 0;
    if (++y < geometry.dst_h) continue;
    y = 0;
    if (++n < geometry.images) image = src.image(n);
  }
  zero((padded_count - count) * stride, dst);
}

void gather_columns(const float* src, std::int64_t k_stride, std::int64_t depth, std::int64_t row,
                    std::int64_t count, std::int64_t padded_count, float* dst) {
  const std::int64_t stride = gathered_stride(depth);
  for (std::int64_t k = 0; k < depth; ++k) {
    for (std::int64_t i = 0; i < count; ++i)
      dst[i * stride + k] = src[k * k_stride + row + i];
  }
  zero((padded_count - count) * stride, dst + count * stride);
}

DotStrip dot_strip(const DotGeometry& geometry, std::int64_t mr) {
  const std::int64_t windows = (geometry.dst_w + mr - 1) / mr * mr;
  DotStrip strip{};
  strip.w = (windows - 1) * geometry.stride_w + (geometry.filter_w - 1) * geometry.dilation_w + 1;
  strip.w_stride =
      geometry.channels <= kNarrowPixel ? geometry.channels : odd_lines(geometry.channels);
  strip.h_stride = odd_lines(strip.w * strip.w_stride);
  return strip;
}

void fill_strip(const DotGeometry& geometry, const Images& src, std::int64_t n, std::int64_t y,
                std::int64_t dst_rows, const DotStrip& strip, float* dst) {
  const float* image = src.image(n);
  const std::int64_t first = y * geometry.stride_h + geometry.offset_h;
  for (std::int64_t i = 0; i < strip.rows(geometry, dst_rows); ++i, dst += strip.h_stride) {
    const std::int64_t src_y = first + i;
    if (src_y < 0 || src_y >= geometry.src_h) {
      zero(strip.w * strip.w_stride, dst);
    } else {
      fill_strip_row(geometry, src, image + src_y * src.h_stride, strip, dst);
    }
  }
}

}  // namespace tilewright::kernels
