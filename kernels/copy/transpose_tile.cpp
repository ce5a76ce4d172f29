// SPDX-License-Identifier: Apache-2.0
// Tiles of 16 x 16 elements keep the lines of both sides in the first-level cache; inside, words of
// 4 bytes go through registers 4 x 4. A matrix with 2, 3 or 4 dense rows on one side (channels of
// an image, groups of a channel shuffle) has loops of its own.
#include "kernels/copy/transpose_tile.h"

#include <algorithm>

#include "kernels/copy/interleave.h"
#include "kernels/copy/word.h"

namespace tilewright::kernels {
namespace {

constexpr std::int64_t kTile = 16;

template <typename Word>
void transpose_plain(const MatrixTranspose& m, Word* dst, const Word* src) {
  for (std::int64_t r = 0; r < m.rows; ++r) {
    for (std::int64_t c = 0; c < m.columns; ++c)
      dst[r * m.dst_stride + c] = src[c * m.src_stride + r];
  }
}

/// Four rows of four words, columns become rows.
void transpose_4x4(Word4* dst, std::int64_t dst_stride, const Word4* src, std::int64_t src_stride) {
  Vectors<4> rows;
  for (std::int64_t i = 0; i < 4; ++i)
    rows.at[i] = load_4(src + i * src_stride);
  const Vectors<4> columns = to_groups(rows);
  for (std::int64_t i = 0; i < 4; ++i)
    store_4(dst + i * dst_stride, columns.at[i]);
}

template <typename Word>
void transpose_tile(const MatrixTranspose& m, Word* dst, const Word* src) {
  transpose_plain(m, dst, src);
}

template <>
void transpose_tile(const MatrixTranspose& m, Word4* dst, const Word4* src) {
  const std::int64_t rows = m.rows / 4 * 4;
  const std::int64_t columns = m.columns / 4 * 4;
  for (std::int64_t c = 0; c < columns; c += 4) {
    for (std::int64_t r = 0; r < rows; r += 4) {
      transpose_4x4(dst + r * m.dst_stride + c, m.dst_stride, src + c * m.src_stride + r,
                    m.src_stride);
    }
  }
  transpose_plain({rows, m.columns - columns, m.dst_stride, m.src_stride}, dst + columns,
                  src + columns * m.src_stride);
  transpose_plain({m.rows - rows, m.columns, m.dst_stride, m.src_stride}, dst + rows * m.dst_stride,
                  src + rows);
}

template <std::int64_t count, typename Word>
bool transpose_narrow(const MatrixTranspose& m, Word* dst, const Word* src) {
  if (m.columns == count && m.dst_stride == count) {
    interleave<count>(m.rows, m.src_stride, dst, src);
    return true;
  }
  if (m.rows == count && m.src_stride == count) {
    deinterleave<count>(m.columns, m.dst_stride, dst, src);
    return true;
  }
  return false;
}

template <typename Word>
void transpose_words(const MatrixTranspose& m, Word* dst, const Word* src) {
  if (transpose_narrow<2>(m, dst, src) || transpose_narrow<3>(m, dst, src) ||
      transpose_narrow<4>(m, dst, src)) {
    return;
  }
  for (std::int64_t r = 0; r < m.rows; r += kTile) {
    for (std::int64_t c = 0; c < m.columns; c += kTile) {
      transpose_tile<Word>(
          {std::min(kTile, m.rows - r), std::min(kTile, m.columns - c), m.dst_stride, m.src_stride},
          dst + r * m.dst_stride + c, src + c * m.src_stride + r);
    }
  }
}

}  // namespace

void transpose_matrix(const MatrixTranspose& matrix, std::byte* dst, const std::byte* src,
                      std::int64_t element_bytes) {
  with_word(element_bytes, [&](auto word) {
    using Word = decltype(word);
    transpose_words(matrix, words<Word>(dst), words<Word>(src));
  });
}

}  // namespace tilewright::kernels
