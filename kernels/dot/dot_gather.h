// SPDX-License-Identifier: Apache-2.0
// Brings windows of src into scratch: as rows of a matrix (im2col), or as a strip of the image with
// its padding.
#pragma once

#include "kernels/dot/dot_geometry.h"
#include "kernels/images.h"

namespace tilewright::kernels {

/// Elements from one gathered row to the next: an odd number of cache lines, since rows at
/// multiples of 4 KiB would share the same few lines of the first-level cache.
[[nodiscard]] std::int64_t gathered_stride(std::int64_t depth);

/// Writes the windows of `count` rows from flat row `row` on, each in the order kh, kw, channel,
/// then zero rows up to `padded_count`. `src` begins at the group's first channel.
void gather_rows(const DotGeometry& geometry, const Images& src, std::int64_t row,
                 std::int64_t count, std::int64_t padded_count, float* dst);

/// The same of a matrix whose rows are its columns: src(row, k) is src[k * k_stride + row].
void gather_columns(const float* src, std::int64_t k_stride, std::int64_t depth, std::int64_t row,
                    std::int64_t count, std::int64_t padded_count, float* dst);

/// A strip of one image: all pixels that the windows of some rows of output pixels read.
struct DotStrip {
  std::int64_t w;         // pixels of a row: those of all windows of dst_w rounded up to mr
  std::int64_t w_stride;  // elements from a pixel to the next
  std::int64_t h_stride;  // elements from a row to the next
  [[nodiscard]] std::int64_t rows(const DotGeometry& geometry, std::int64_t dst_rows) const {
    return (dst_rows - 1) * geometry.stride_h + (geometry.filter_h - 1) * geometry.dilation_h + 1;
  }
};
[[nodiscard]] DotStrip dot_strip(const DotGeometry& geometry, std::int64_t mr);

/// Fills the strip for output rows [y, y + dst_rows) of image n.
void fill_strip(const DotGeometry& geometry, const Images& src, std::int64_t n, std::int64_t y,
                std::int64_t dst_rows, const DotStrip& strip, float* dst);

}  // namespace tilewright::kernels
