// SPDX-License-Identifier: Apache-2.0
// Between a few rows of elements and one row of dense groups, an element of each: channels of an
// image, groups of a channel shuffle. Words of 4 bytes go through registers, four groups at a time.
#pragma once

#include <cstdint>

#include "kernels/copy/word.h"

namespace tilewright::kernels {

using Vector4 [[gnu::vector_size(16), gnu::aligned(4), gnu::may_alias]] = std::uint32_t;

[[nodiscard]] inline Vector4 load_4(const Word4* words) {
  return *reinterpret_cast<const Vector4*>(words);
}
inline void store_4(Word4* words, Vector4 vector) {
  *reinterpret_cast<Vector4*>(words) = vector;
}

template <std::int64_t count>
struct Vectors {
  Vector4 at[count];
};

/// Four groups of the elements of `rows`.
[[nodiscard]] inline Vectors<2> to_groups(const Vectors<2>& rows) {
  const Vector4 a = rows.at[0], b = rows.at[1];
  return {{__builtin_shufflevector(a, b, 0, 4, 1, 5), __builtin_shufflevector(a, b, 2, 6, 3, 7)}};
}
[[nodiscard]] inline Vectors<3> to_groups(const Vectors<3>& rows) {
  const Vector4 a = rows.at[0], b = rows.at[1], c = rows.at[2];
  const Vector4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Vector4 bc_middle = __builtin_shufflevector(b, c, 1, 5, 2, 6);
  const Vector4 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  return {{__builtin_shufflevector(ab_low, c, 0, 1, 4, 2),
           __builtin_shufflevector(bc_middle, a, 0, 1, 6, 2),
           __builtin_shufflevector(ab_high, c, 6, 2, 3, 7)}};
}
[[nodiscard]] inline Vectors<4> to_groups(const Vectors<4>& rows) {
  const Vector4 a = rows.at[0], b = rows.at[1], c = rows.at[2], d = rows.at[3];
  const Vector4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Vector4 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Vector4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Vector4 cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return {{__builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5),
           __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
           __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
           __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)}};
}

/// The rows of four groups.
[[nodiscard]] inline Vectors<2> to_rows(const Vectors<2>& groups) {
  const Vector4 x = groups.at[0], y = groups.at[1];
  return {{__builtin_shufflevector(x, y, 0, 2, 4, 6), __builtin_shufflevector(x, y, 1, 3, 5, 7)}};
}
[[nodiscard]] inline Vectors<3> to_rows(const Vectors<3>& groups) {
  const Vector4 x = groups.at[0], y = groups.at[1], z = groups.at[2];
  const Vector4 a_high = __builtin_shufflevector(y, z, 2, 5, 2, 5);
  const Vector4 b_low = __builtin_shufflevector(x, y, 1, 4, 7, 7);
  const Vector4 c_low = __builtin_shufflevector(x, y, 2, 5, 2, 5);
  return {{__builtin_shufflevector(x, a_high, 0, 3, 4, 5),
           __builtin_shufflevector(b_low, z, 0, 1, 2, 6),
           __builtin_shufflevector(c_low, z, 0, 1, 4, 7)}};
}
[[nodiscard]] inline Vectors<4> to_rows(const Vectors<4>& groups) {
  return to_groups(groups);
}

/// `length` groups, dense from `dst` on, of `count` rows that are `src_stride` elements apart.
template <std::int64_t count, typename Word>
void interleave(std::int64_t length, std::int64_t src_stride, Word* dst, const Word* src) {
  std::int64_t done = 0;
  if constexpr (sizeof(Word) == sizeof(Word4)) {
    for (; done + 4 <= length; done += 4) {
      Vectors<count> rows;
      for (std::int64_t c = 0; c < count; ++c)
        rows.at[c] = load_4(src + c * src_stride + done);
      const Vectors<count> groups = to_groups(rows);
      for (std::int64_t c = 0; c < count; ++c)
        store_4(dst + done * count + c * 4, groups.at[c]);
    }
  }
  for (; done < length; ++done) {
    for (std::int64_t c = 0; c < count; ++c)
      dst[done * count + c] = src[c * src_stride + done];
  }
}

/// `count` rows that are `dst_stride` elements apart, of `length` groups, dense from `src` on.
template <std::int64_t count, typename Word>
void deinterleave(std::int64_t length, std::int64_t dst_stride, Word* dst, const Word* src) {
  std::int64_t done = 0;
  if constexpr (sizeof(Word) == sizeof(Word4)) {
    for (; done + 4 <= length; done += 4) {
      Vectors<count> groups;
      for (std::int64_t c = 0; c < count; ++c)
        groups.at[c] = load_4(src + done * count + c * 4);
      const Vectors<count> rows = to_rows(groups);
      for (std::int64_t c = 0; c < count; ++c)
        store_4(dst + c * dst_stride + done, rows.at[c]);
    }
  }
  for (; done < length; ++done) {
    for (std::int64_t c = 0; c < count; ++c)
      dst[c * dst_stride + done] = src[done * count + c];
  }
}

}  // namespace tilewright::kernels
