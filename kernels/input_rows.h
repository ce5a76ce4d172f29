// SPDX-License-Identifier: Apache-2.0
// Which rows of an input a range of output rows is computed from: what lets an op run on a tensor
// of which only some rows are in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Rows [begin, end) of a tensor, numbered as in `row_count`.
struct RowRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] bool is_empty() const { return begin >= end; }
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

/// The rows of input `input` between the first and the last that `kernel` touches when it computes
/// `rows` of the output, which are not empty; both ends grow with `rows`, and are equal where
/// windows see padding alone. None if the kernel may read any row.
[[nodiscard]] std::optional<RowRange> input_rows(const Call& call, const Kernel& kernel,
                                                 std::size_t input, RowRange rows);

}  // namespace tilewright::kernels
