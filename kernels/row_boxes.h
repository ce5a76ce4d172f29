// SPDX-License-Identifier: Apache-2.0
// A range of rows as a few boxes. Rows are numbered through the outer dimensions of the output; a
// range of them begins and ends anywhere, but falls into at most two boxes per dimension:
//
//     . . # #        the rest of a line,
//     # # # #        then whole lines,
//     # # . .        then the begin of one
#pragma once

#include <algorithm>
#include <span>

#include "kernels/row_index.h"

namespace tilewright::kernels {

/// Per dimension the interval [begin, begin + extent).
struct Box {
  Index begin{};
  Index extent{};
};

/// Calls f(box) for boxes that together are the rows [begin, end) of `outer`, the extents that
/// number the rows, outermost first. All extents are at least 1 if the range is not empty.
template <typename F>
void for_each_box(std::span<const std::int64_t> outer, std::int64_t begin, std::int64_t end,
                  F&& f) {
  const int rank = static_cast<int>(outer.size());
  const Shape shape(outer);
  while (begin < end) {
    int axis = rank;          // dimensions from here on are whole in this box,
    std::int64_t volume = 1;  // with so many rows
    while (axis > 0 && begin % (volume * shape[axis - 1]) == 0 &&
           begin + volume * shape[axis - 1] <= end) {
      volume *= shape[--axis];
    }
    Box box;
    box.begin = index_of(shape, begin);
    for (int i = 0; i < rank; ++i)
      at(box.extent, i) = i < axis ? 1 : shape[i];
    if (axis > 0) {
      const std::int64_t left = shape[axis - 1] - at(box.begin, axis - 1);
      const std::int64_t count = std::min((end - begin) / volume, left);
      at(box.extent, axis - 1) = count;
      volume *= count;
    }
    f(box);
    begin += volume;
  }
}

/// The same with the columns as the last dimension of each box: a box of elements of `shape`.
template <typename F>
void for_each_element_box(const Shape& shape, std::int64_t row_begin, std::int64_t row_end, F&& f) {
  const auto outer = shape.dims().first(static_cast<std::size_t>(std::max(shape.rank() - 1, 0)));
  for_each_box(outer, row_begin, row_end, [&](Box box) {
    if (shape.rank() > 0) at(box.extent, shape.rank() - 1) = shape.last();
    f(box);
  });
}

}  // namespace tilewright::kernels
