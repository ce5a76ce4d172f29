// SPDX-License-Identifier: Apache-2.0
// Indices of elements, for kernels that are written to be read: one visit per output element.
#pragma once

#include <cstring>

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// One position per dimension of a shape; the rest is 0.
using Index = std::array<std::int64_t, kMaxRank>;

[[nodiscard]] inline std::int64_t& at(Index& index, int axis) {
  return index[static_cast<std::size_t>(axis)];
}
[[nodiscard]] inline std::int64_t at(const Index& index, int axis) {
  return index[static_cast<std::size_t>(axis)];
}

/// The index of the element that is at `position` in the dense order of `shape`.
[[nodiscard]] inline Index index_of(const Shape& shape, std::int64_t position) {
  Index index{};
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    at(index, axis) = position % shape[axis];
    position /= shape[axis];
  }
  return index;
}

/// The place of `index` in the dense order of `shape`.
[[nodiscard]] inline std::int64_t position_of(const Shape& shape, const Index& index) {
  std::int64_t position = 0;
  for (int axis = 0; axis < shape.rank(); ++axis)
    position = position * shape[axis] + at(index, axis);
  return position;
}

/// Elements from the base of `tensor` to the one at `index`.
[[nodiscard]] inline std::int64_t offset_of(const TensorRef& tensor, const Index& index) {
  std::int64_t offset = 0;
  for (int axis = 0; axis < tensor.shape.rank(); ++axis)
    offset += at(index, axis) * at(tensor.strides, axis);
  return offset;
}

/// The element of `tensor` at `index`.
template <typename T>
[[nodiscard]] T& element(const TensorRef& tensor, const Index& index) {
  return tensor.as<T>()[offset_of(tensor, index)];
}

/// Calls f(index) for every element of the rows of the output that `args` asks for.
template <typename F>
void for_each_element(const KernelArgs& args, F&& f) {
  const Shape& shape = args.dst.shape;
  const std::int64_t columns = shape.last();
  for (std::int64_t row = args.row_begin; row < args.row_end; ++row) {
    Index index = index_of(shape, row * columns);
    for (std::int64_t column = 0; column < columns; ++column) {
      if (shape.rank() > 0) at(index, shape.rank() - 1) = column;
      f(index);
    }
  }
}

/// The index of the element of `src` that broadcasting pairs with `index` of an output of
/// `dst_rank` dimensions: dimensions are aligned at the innermost, those of extent 1 repeat.
[[nodiscard]] inline Index broadcast_index(const Shape& src, int dst_rank, const Index& index) {
  Index result{};
  for (int axis = 0; axis < src.rank(); ++axis) {
    const int dst_axis = axis + dst_rank - src.rank();
    at(result, axis) = src[axis] == 1 ? 0 : at(index, dst_axis);
  }
  return result;
}

}  // namespace tilewright::kernels
