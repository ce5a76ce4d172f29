// SPDX-License-Identifier: Apache-2.0
#include "kernels/elementwise/repeated_rows.h"

#include <algorithm>

namespace tilewright::kernels {
namespace {

/// Longer rows fill vectors well enough.
constexpr std::int64_t kShort = 128;

bool goes_on(const StripRows& strip, std::size_t operand) {
  return strip.column_strides[operand] == 1 && strip.row_strides[operand] == strip.columns;
}

}  // namespace

std::size_t RepeatedRows::repeated_input(const StripRows& strip) {
  if (strip.columns > kShort || strip.rows < 2 || !goes_on(strip, 0)) return 0;
  for (const std::size_t input : {std::size_t{1}, std::size_t{2}}) {
    const bool repeats = strip.column_strides[input] == 1 && strip.row_strides[input] == 0;
    if (repeats && goes_on(strip, 3 - input)) return input;
  }
  return 0;
}

RepeatedRows::RepeatedRows(const float* row, std::int64_t columns) : rows_(kElements / columns) {
  for (std::int64_t i = 0; i < rows_; ++i)
    std::copy_n(row, columns, elements_.begin() + i * columns);
}

}  // namespace tilewright::kernels
