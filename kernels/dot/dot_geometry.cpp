// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot/dot_geometry.h"

#include <limits>

#include "kernels/elementwise/activation_rows.h"

namespace tilewright::kernels {

bool DotGeometry::is_pointwise() const {
  return filter_h == 1 && filter_w == 1 && stride_h == 1 && stride_w == 1 && offset_h == 0 &&
         offset_w == 0 && src_h == dst_h && src_w == dst_w;
}

bool DotGeometry::stays_inside() const {
  const auto inside = [](std::int64_t offset, std::int64_t last, std::int64_t extent) {
    return offset >= 0 && offset + last < extent;
  };
  return inside(offset_h, (dst_h - 1) * stride_h + (filter_h - 1) * dilation_h, src_h) &&
         inside(offset_w, (dst_w - 1) * stride_w + (filter_w - 1) * dilation_w, src_w);
}

DotGeometry conv2d_geometry(const Conv2d& op, const DotShapes& shapes) {
  const Shape& src = shapes.src;
  const Shape& filter = shapes.weights;
  const Shape& dst = shapes.dst;
  const Window& window = op.window;
  return {.images = src[0],
          .src_h = src[1],
          .src_w = src[2],
          .dst_h = dst[1],
          .dst_w = dst[2],
          .filter_h = filter[1],
          .filter_w = filter[2],
          .stride_h = window.stride_h,
          .stride_w = window.stride_w,
          .dilation_h = window.dilation_h,
          .dilation_w = window.dilation_w,
          .offset_h = -std::int64_t{window.pad_top},
          .offset_w = -std::int64_t{window.pad_left},
          .groups = op.groups,
          .channels = filter[3],
          .columns = dst[3] / op.groups};
}

DotGeometry fully_connected_geometry(const DotShapes& shapes) {
  DotGeometry geometry;
  const Shape& dst = shapes.dst;
  const int rank = dst.rank();
  if (rank > 1) geometry.src_w = geometry.dst_w = dst[rank - 2];
  if (rank > 2) geometry.src_h = geometry.dst_h = dst[rank - 3];
  for (int axis = 0; axis < rank - 3; ++axis)
    geometry.images *= dst[axis];
  geometry.channels = shapes.weights[1];
  geometry.columns = shapes.weights[0];
  return geometry;
}

DotGeometry matmul_geometry(const MatMul& op, const DotShapes& shapes) {
  DotGeometry geometry;
  const Shape& a = shapes.src;
  const Shape& dst = shapes.dst;
  geometry.src_w = geometry.dst_w = dst[dst.rank() - 2];
  geometry.channels = a[a.rank() - (op.transpose_a ? 2 : 1)];
  geometry.columns = dst.last();
  return geometry;
}

DotEpilogue dot_epilogue(const Activation& activation) {
  DotEpilogue epilogue;
  if (is_clamp(activation, epilogue.lo, epilogue.hi)) return epilogue;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return {-kInfinity, kInfinity, activation};
}

}  // namespace tilewright::kernels
