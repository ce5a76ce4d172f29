// SPDX-License-Identifier: Apache-2.0
#include "kernels/copy/copy_nest.h"

#include <cstring>

#include "kernels/copy/transpose_tile.h"
#include "kernels/copy/word.h"

namespace tilewright::kernels {
namespace {

/// Below this a call of memcpy costs more than a plain loop.
constexpr std::int64_t kShortRunBytes = 64;

/// The innermost two loops, one element at a time.
template <typename Word>
void copy_elements(const Loop& outer, const Loop& inner, Word* dst, const Word* src) {
  for (std::int64_t j = 0; j < outer.extent; ++j) {
    for (std::int64_t i = 0; i < inner.extent; ++i)
      dst[i * inner.strides[0]] = src[i * inner.strides[1]];
    dst += outer.strides[0];
    src += outer.strides[1];
  }
}

/// The same with both inner strides 1, which the compiler can make vectors of.
template <typename Word>
void copy_short_runs(const Loop& outer, std::int64_t length, Word* dst, const Word* src) {
  for (std::int64_t j = 0; j < outer.extent; ++j) {
    for (std::int64_t i = 0; i < length; ++i)
      dst[i] = src[i];
    dst += outer.strides[0];
    src += outer.strides[1];
  }
}

/// Every second element of the input: the compiler makes vectors of it, too, since it knows the
/// step.
template <typename Word>
void copy_every_second(const Loop& outer, std::int64_t length, Word* dst, const Word* src) {
  constexpr std::int64_t kStep = 2;
  for (std::int64_t j = 0; j < outer.extent; ++j) {
    for (std::int64_t i = 0; i < length; ++i)
      dst[i] = src[i * kStep];
    dst += outer.strides[0];
    src += outer.strides[1];
  }
}

template <typename Word>
void repeat_elements(const Loop& outer, std::int64_t length, Word* dst, const Word* src) {
  for (std::int64_t j = 0; j < outer.extent; ++j) {
    std::fill_n(dst, length, *src);
    dst += outer.strides[0];
    src += outer.strides[1];
  }
}

void copy_runs(const Loop& outer, std::int64_t run_bytes, std::int64_t element_bytes,
               std::byte* dst, const std::byte* src) {
  for (std::int64_t j = 0; j < outer.extent; ++j) {
    std::memcpy(dst, src, static_cast<std::size_t>(run_bytes));
    dst += outer.strides[0] * element_bytes;
    src += outer.strides[1] * element_bytes;
  }
}

/// The loop, other than the innermost, along which the input is contiguous; -1 if none is.
int contiguous_loop(const LoopNest& nest) {
  for (int i = nest.count - 2; i >= 0; --i) {
    if (nest.loops[static_cast<std::size_t>(i)].strides[1] == 1) return i;
  }
  return -1;
}

/// The nest without loop `i`.
LoopNest without(const LoopNest& nest, int i) {
  LoopNest result = nest;
  result.count = 0;
  for (int j = 0; j < nest.count; ++j) {
    if (j != i) result.add(nest.loops[static_cast<std::size_t>(j)]);
  }
  return result;
}

void copy_transposed(const LoopNest& nest, int rows_loop, std::byte* dst, const std::byte* src,
                     std::int64_t element_bytes) {
  const Loop rows = nest.loops[static_cast<std::size_t>(rows_loop)];
  const Loop columns = nest.inner(0);
  const MatrixTranspose matrix{rows.extent, columns.extent, rows.strides[0], columns.strides[1]};
  for_each_cycle(without(nest, rows_loop), 1, [&](const Offsets& offsets) {
    transpose_matrix(matrix, dst + offsets[0] * element_bytes, src + offsets[1] * element_bytes,
                     element_bytes);
  });
}

void copy_inner_loops(const Loop& outer, const Loop& inner, std::byte* dst, const std::byte* src,
                      std::int64_t element_bytes) {
  const bool dense = inner.strides[0] == 1 || inner.extent == 1;
  const bool contiguous = dense && (inner.strides[1] == 1 || inner.extent == 1);
  const std::int64_t run_bytes = inner.extent * element_bytes;
  if (contiguous && run_bytes > kShortRunBytes) {
    return copy_runs(outer, run_bytes, element_bytes, dst, src);
  }
  with_word(element_bytes, [&](auto word) {
    using Word = decltype(word);
    Word* to = words<Word>(dst);
    const Word* from = words<Word>(src);
    if (contiguous) return copy_short_runs(outer, inner.extent, to, from);
    if (dense && inner.strides[1] == 2) return copy_every_second(outer, inner.extent, to, from);
    if (dense && inner.strides[1] == 0) return repeat_elements(outer, inner.extent, to, from);
    copy_elements(outer, inner, to, from);
  });
}

}  // namespace

void copy_nest(const LoopNest& nest, std::byte* dst, const std::byte* src,
               std::int64_t element_bytes) {
  const LoopNest loops = merged(nest);
  const Loop inner = loops.inner(0);
  const int rows_loop = contiguous_loop(loops);
  if (rows_loop >= 0 && inner.strides[0] == 1 && inner.strides[1] > 1) {
    return copy_transposed(loops, rows_loop, dst, src, element_bytes);
  }
  for_each_cycle(loops, 2, [&](const Offsets& offsets) {
    copy_inner_loops(loops.inner(1), inner, dst + offsets[0] * element_bytes,
                     src + offsets[1] * element_bytes, element_bytes);
  });
}

void fill_nest(const LoopNest& nest, std::byte* dst, const std::array<std::byte, 8>& value,
               std::int64_t element_bytes) {
  LoopNest repeating = nest;
  for (Loop& loop : repeating.loops)
    loop.strides[1] = 0;
  repeating.start[1] = 0;
  copy_nest(repeating, dst, value.data(), element_bytes);
}

}  // namespace tilewright::kernels
