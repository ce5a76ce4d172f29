// SPDX-License-Identifier: Apache-2.0
// Strips of short rows to which the same row is applied each time, as to pixels of a few channels:
// the row is written down several times, and many short rows become a few long ones.
#pragma once

#include "kernels/elementwise/strips.h"

namespace tilewright::kernels {

class RepeatedRows {
 public:
  /// The input (1 or 2) of a strip that is the same short row again and again, while the other one
  /// and the output go on from row to row; 0 if there is none.
  [[nodiscard]] static std::size_t repeated_input(const StripRows& strip);

  /// Writes down `row`, the strip's row of its repeated input.
  RepeatedRows(const float* row, std::int64_t columns);

  [[nodiscard]] std::byte* data() { return reinterpret_cast<std::byte*>(elements_.data()); }
  /// The rows that make one long row.
  [[nodiscard]] std::int64_t rows() const { return rows_; }

 private:
  static constexpr std::int64_t kElements = 512;

  std::int64_t rows_;
  std::array<float, kElements> elements_;
};

/// Calls f(strip) for the long rows of `strip`, whose input `repeated` then starts at 0.
template <typename F>
void for_each_long_strip(const StripRows& strip, std::size_t repeated, std::int64_t rows_in_one,
                         F&& f) {
  const auto visit = [&](std::int64_t begin, std::int64_t rows, std::int64_t together) {
    if (rows == 0) return;
    const std::int64_t columns = strip.columns * together;
    StripRows part{rows, columns, strip.start, {columns, columns, columns}, strip.column_strides};
    for (std::size_t i = 0; i < part.start.size(); ++i)
      part.start[i] += begin * strip.columns;
    part.start[repeated] = 0;
    part.row_strides[repeated] = 0;
    f(part);
  };
  const std::int64_t whole = strip.rows / rows_in_one;
  visit(0, whole, rows_in_one);
  visit(whole * rows_in_one, strip.rows % rows_in_one == 0 ? 0 : 1, strip.rows % rows_in_one);
}

}  // namespace tilewright::kernels
