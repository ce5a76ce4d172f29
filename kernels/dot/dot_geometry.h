// SPDX-License-Identifier: Apache-2.0
// What is multiplied with what: all ops of the dot family as convolutions of images.
#pragma once

#include "kernels/cache_lines.h"
#include "kernels/kernel.h"

namespace tilewright::kernels {

/// One convolution: the row of output pixel (y, x) is, over kh, kw and the channels of a group, src
/// pixel (y * stride_h + offset_h + kh * dilation_h, x * stride_w + offset_w + kw * dilation_w), 0
/// where that is outside. A matrix is an image whose rows are its pixels, with a 1x1 filter.
struct DotGeometry {
  std::int64_t images = 1;
  std::int64_t src_h = 1, src_w = 1;
  std::int64_t dst_h = 1, dst_w = 1;
  std::int64_t filter_h = 1, filter_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t dilation_h = 1, dilation_w = 1;
  std::int64_t offset_h = 0, offset_w = 0;
  std::int64_t groups = 1;
  std::int64_t channels = 1;  // of src, in one group
  std::int64_t columns = 1;   // of dst, in one group

  [[nodiscard]] std::int64_t rows() const { return images * dst_h * dst_w; }
  [[nodiscard]] std::int64_t depth() const { return filter_h * filter_w * channels; }
  /// Whether the row of an output pixel is the src pixel of the same number.
  [[nodiscard]] bool is_pointwise() const;
  /// Whether no window reaches beyond src.
  [[nodiscard]] bool stays_inside() const;
};

/// The shapes of a call: src, filter (or the second matrix) and dst.
struct DotShapes {
  const Shape& src;
  const Shape& weights;
  const Shape& dst;
};
[[nodiscard]] inline DotShapes dot_shapes(const Call& call) {
  return {call.src[0].shape, call.src[1].shape, call.dst.shape};
}
[[nodiscard]] inline DotShapes dot_shapes(const KernelArgs& args) {
  return {args.src[0].shape, args.src[1].shape, args.dst.shape};
}

[[nodiscard]] DotGeometry conv2d_geometry(const Conv2d& op, const DotShapes& shapes);
[[nodiscard]] DotGeometry fully_connected_geometry(const DotShapes& shapes);
/// Of one product of the batch.
[[nodiscard]] DotGeometry matmul_geometry(const MatMul& op, const DotShapes& shapes);

/// What happens to a sum before it is stored: the activation as a clamp, or none here and a strip
/// over the finished rows.
struct DotEpilogue {
  float lo = 0, hi = 0;
  Activation strip;
};
[[nodiscard]] DotEpilogue dot_epilogue(const Activation& activation);

}  // namespace tilewright::kernels
