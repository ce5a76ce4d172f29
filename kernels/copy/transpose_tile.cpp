// SPDX-License-Identifier: Apache-2.0
// Tiles of 16 x 16 elements keep the lines of both sides in the first-level cache; inside, words of
// 4 bytes go through registers 4 x 4. A matrix with 2, 3 or 4 dense rows on one side (channels of
// an image, groups of a channel shuffle) has loops of its own.
#include "kernels/copy/transpose_tile.h"

#include <algorithm>

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

using Vector4 [[gnu::vector_size(16), gnu::aligned(4), gnu::may_alias]] = std::uint32_t;

/// Four rows of four words, columns become rows.
void transpose_4x4(Word4* dst, std::int64_t dst_stride, const Word4* src, std::int64_t src_stride) {
  const auto load = [&](std::int64_t i) {
    return *reinterpret_cast<const Vector4*>(src + i * src_stride);
  };
  const auto store = [&](std::int64_t i, Vector4 v) {
    *reinterpret_cast<Vector4*>(dst + i * dst_stride) = v;
  };
  const auto a = load(0);
  const auto b = load(1);
  const auto c = load(2);
  const auto d = load(3);
  const auto ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const auto ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const auto cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const auto cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(0, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
  store(1, __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
  store(2, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
  store(3, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
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

/// From `count` rows of the input to dense groups of `count` elements.
template <std::int64_t count, typename Word>
void interleave(const MatrixTranspose& m, Word* dst, const Word* src) {
  for (std::int64_t r = 0; r < m.rows; ++r) {
    for (std::int64_t c = 0; c < count; ++c)
      dst[r * count + c] = src[c * m.src_stride + r];
  }
}

/// From dense groups of `count` elements to `count` rows of the output.
template <std::int64_t count, typename Word>
void deinterleave(const MatrixTranspose& m, Word* dst, const Word* src) {
  for (std::int64_t c = 0; c < m.columns; ++c) {
    for (std::int64_t r = 0; r < count; ++r)
      dst[r * m.dst_stride + c] = src[c * count + r];
  }
}

template <std::int64_t count, typename Word>
bool transpose_narrow(const MatrixTranspose& m, Word* dst, const Word* src) {
  if (m.columns == count && m.dst_stride == count) {
    interleave<count>(m, dst, src);
    return true;
  }
  if (m.rows == count && m.src_stride == count) {
    deinterleave<count>(m, dst, src);
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
