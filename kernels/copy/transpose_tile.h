// SPDX-License-Identifier: Apache-2.0
// The transposition of a matrix.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tilewright::kernels {

/// A matrix of `rows` by `columns` of the output, and the strides of its rows and of those of the
/// input, in elements.
struct MatrixTranspose {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t dst_stride;
  std::int64_t src_stride;
};

/// dst[r * dst_stride + c] = src[c * src_stride + r], for elements of 1, 2, 4 or 8 bytes.
void transpose_matrix(const MatrixTranspose& matrix, std::byte* dst, const std::byte* src,
                      std::int64_t element_bytes);

}  // namespace tilewright::kernels
