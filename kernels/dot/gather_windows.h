// SPDX-License-Identifier: Apache-2.0
// Windows of images as rows of a matrix (im2col), for elements of any type.
#pragma once

#include <cstring>

#include "kernels/dot/dot_geometry.h"
#include "kernels/images.h"
#include "kernels/window_taps.h"

namespace tilewright::kernels {

/// Where windows go: rows `stride` elements apart. Every byte outside the image is `padding`.
template <typename T>
struct GatheredRows {
  T* data;
  std::int64_t stride;
  int padding = 0;
};

template <typename T>
T* copy_elements(const T* src, std::int64_t count, T* dst) {
  std::memcpy(dst, src, static_cast<std::size_t>(count) * sizeof(T));
  return dst + count;
}

template <typename T>
T* pad_elements(std::int64_t count, int padding, T* dst) {
  std::memset(dst, padding, static_cast<std::size_t>(count) * sizeof(T));
  return dst + count;
}

/// One row of the filter over one row of src.
template <typename T>
T* gather_taps(const DotGeometry& geometry, std::int64_t w_stride, const T* line, std::int64_t x,
               const GatheredRows<T>& to) {
  const std::int64_t channels = geometry.channels;
  const Taps taps = taps_inside(x, geometry.dilation_w, geometry.filter_w, geometry.src_w);
  T* dst = pad_elements(taps.begin * channels, to.padding, to.data);
  if (geometry.dilation_w == 1 && w_stride == channels) {
    dst =
        copy_elements(line + (x + taps.begin) * channels, (taps.end - taps.begin) * channels, dst);
  } else {
    for (std::int64_t kw = taps.begin; kw < taps.end; ++kw)
      dst = copy_elements(line + (x + kw * geometry.dilation_w) * w_stride, channels, dst);
  }
  return pad_elements((geometry.filter_w - taps.end) * channels, to.padding, dst);
}

/// The window of output pixel (y, x).
template <typename T>
void gather_window(const DotGeometry& geometry, const ImagesOf<T>& src, const T* image,
                   const std::array<std::int64_t, 2>& yx, GatheredRows<T> to) {
  const std::int64_t first_y = yx[0] * geometry.stride_h + geometry.offset_h;
  const std::int64_t first_x = yx[1] * geometry.stride_w + geometry.offset_w;
  for (std::int64_t kh = 0; kh < geometry.filter_h; ++kh) {
    const std::int64_t src_y = first_y + kh * geometry.dilation_h;
    if (src_y < 0 || src_y >= geometry.src_h) {
      to.data = pad_elements(geometry.filter_w * geometry.channels, to.padding, to.data);
    } else {
      to.data = gather_taps(geometry, src.w_stride, image + src_y * src.h_stride, first_x, to);
    }
  }
}

/// Writes the windows of `count` rows from flat row `row` on, each in the order kh, kw, channel.
/// `src` begins at the group's first channel.
template <typename T>
void gather_windows(const DotGeometry& geometry, const ImagesOf<T>& src, std::int64_t row,
                    std::int64_t count, GatheredRows<T> to) {
  const std::int64_t image_rows = geometry.dst_h * geometry.dst_w;
  std::int64_t n = row / image_rows;
  std::int64_t y = row / geometry.dst_w % geometry.dst_h;
  std::int64_t x = row % geometry.dst_w;
  const T* image = src.image(n);
  for (std::int64_t i = 0; i < count; ++i, to.data += to.stride) {
    gather_window<T>(geometry, src, image, {y, x}, to);
    if (++x < geometry.dst_w) continue;
    x = 0;
    if (++y < geometry.dst_h) continue;
    y = 0;
    if (++n < geometry.images) image = src.image(n);
  }
}

}  // namespace tilewright::kernels
