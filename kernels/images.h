// SPDX-License-Identifier: Apache-2.0
// A tensor seen as a list of images: rows of pixels of densely stored channels.
#pragma once

#include <algorithm>

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// A tensor of any rank as n, h, w, c: the innermost dimensions are w and c, those before the last
/// three are counted by n. `data` is null for an absent operand.
template <typename T>
struct ImagesOf {
  T* data = nullptr;
  std::int64_t h = 1, w = 1;
  std::int64_t h_stride = 0, w_stride = 0;
  int outer_rank = 0;  // dimensions counted by n
  std::array<std::int64_t, kMaxRank> outer_extents{}, outer_strides{};

  [[nodiscard]] T* image(std::int64_t n) const {
    T* base = data;
    for (int axis = outer_rank - 1; axis >= 0; --axis) {
      const auto at = static_cast<std::size_t>(axis);
      base += n % outer_extents[at] * outer_strides[at];
      n /= outer_extents[at];
    }
    return base;
  }
  /// The pixel of a flat row number.
  [[nodiscard]] T* pixel(std::int64_t row) const {
    return image(row / (h * w)) + row / w % h * h_stride + row % w * w_stride;
  }
  /// Whether pixels of neighbouring rows are at the same distance all through the tensor.
  [[nodiscard]] bool is_uniform() const {
    std::int64_t stride = w * w_stride;
    if (h > 1 && h_stride != stride) return false;
    stride *= h;
    for (int axis = outer_rank - 1; axis >= 0; --axis) {
      const auto at = static_cast<std::size_t>(axis);
      if (outer_extents[at] > 1 && outer_strides[at] != stride) return false;
      stride *= outer_extents[at];
    }
    return true;
  }
};

using Images = ImagesOf<float>;

/// `tensor`, of this type, as images; its innermost dimension is dense.
template <typename T = float>
[[nodiscard]] ImagesOf<T> images(const TensorRef& tensor) {
  ImagesOf<T> result;
  result.data = tensor.as<T>();
  const int rank = tensor.shape.rank();
  const auto stride = [&](int axis) { return tensor.strides[static_cast<std::size_t>(axis)]; };
  if (rank > 1) result.w = tensor.shape[rank - 2], result.w_stride = stride(rank - 2);
  if (rank > 2) result.h = tensor.shape[rank - 3], result.h_stride = stride(rank - 3);
  result.outer_rank = std::max(rank - 3, 0);
  for (int axis = 0; axis < result.outer_rank; ++axis) {
    result.outer_extents[static_cast<std::size_t>(axis)] = tensor.shape[axis];
    result.outer_strides[static_cast<std::size_t>(axis)] = stride(axis);
  }
  return result;
}

}  // namespace tilewright::kernels
