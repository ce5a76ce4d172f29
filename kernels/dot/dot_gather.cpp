// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot/dot_gather.h"

#include <algorithm>

#include "kernels/dot/gather_windows.h"

namespace tilewright::kernels {
namespace {

/// Below this many channels a strip keeps its pixels dense, so that neighbouring pixels make one
/// long reduction.
constexpr std::int64_t kNarrowPixel = 64;

float* copy(const float* src, std::int64_t count, float* dst) {
  return copy_elements(src, count, dst);
}

float* zero(std::int64_t count, float* dst) {
  return pad_elements(count, 0, dst);
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
  gather_windows(geometry, src, row, count, GatheredRows<float>{dst, stride});
  zero((padded_count - count) * stride, dst + count * stride);
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
