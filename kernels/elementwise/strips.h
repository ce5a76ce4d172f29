// SPDX-License-Identifier: Apache-2.0
// From a range of rows to strips: rows of elements that are contiguous in the output.
#pragma once

#include "kernels/loop_nest.h"

namespace tilewright::kernels {

/// Rows of elements. Operand i of row r begins at start[i] + r * row_strides[i]; along a row it
/// goes on by column_strides[i], which is 1 for the output and 0 or 1 for inputs.
struct StripRows {
  std::int64_t rows;
  std::int64_t columns;
  Offsets start;
  Offsets row_strides;
  Offsets column_strides;
};

/// Calls f(strip_rows) until all rows that `args` asks for are done; inputs broadcast. At most
/// `max_elements` at once, or one row, or that much of one.
template <typename F>
void for_each_strip(const KernelArgs& args, std::int64_t max_elements, F&& f) {
  const auto visit_pieces = [&](const LoopNest& nest) {
    const Loop columns = nest.inner(0);
    const Loop rows = nest.inner(1);
    const std::int64_t columns_at_once = std::min(columns.extent, max_elements);
    const std::int64_t rows_at_once = std::max<std::int64_t>(max_elements / columns.extent, 1);
    for_each_cycle(nest, 2, [&](const Offsets& offsets) {
      for (std::int64_t r = 0; r < rows.extent; r += rows_at_once) {
        for (std::int64_t c = 0; c < columns.extent; c += columns_at_once) {
          StripRows strip{std::min(rows_at_once, rows.extent - r),
                          std::min(columns_at_once, columns.extent - c), offsets, rows.strides,
                          columns.strides};
          for (std::size_t i = 0; i < offsets.size(); ++i)
            strip.start[i] += r * rows.strides[i] + c * columns.strides[i];
          f(strip);
        }
      }
    });
  };
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    LoopNest nest = merged(broadcast_nest(args.dst, args.src, box));
    // Where the innermost dimension has one cell, what is left need not be dense.
    if (nest.inner(0).strides[0] != 1 || nest.inner(0).strides[1] > 1 ||
        nest.inner(0).strides[2] > 1) {
      nest.add({1, {1, 1, 1}});
    }
    visit_pieces(nest);
  });
}

}  // namespace tilewright::kernels
