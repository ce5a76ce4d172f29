// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot/dot_tiles.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/halide/buffer_view.h"

namespace tilewright::kernels {
namespace {

struct Block {
  std::int64_t first_panel, panels;
  std::int64_t columns;  // of dst that are stored
};

/// One call of the generated kernel: k1 elements [k_begin, k_end) of a block of full tiles.
void call_kernel(const DotVariant& variant, const DotTiles& t, const DotPanels& panels,
                 const Block& block, std::int64_t k_begin, std::int64_t k_end, bool is_far,
                 const DotEpilogue& epilogue) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::int64_t mr = variant.mr;
  const std::int64_t nr = variant.nr;
  const std::int64_t depth = t.k1 * t.k2 * t.k3;
  const std::int64_t extent = k_end - k_begin;
  const bool is_first = k_begin == 0;
  const bool is_last = k_end == t.k1;
  const float* weights = panels.weights + (block.first_panel * depth + k_begin) * nr;
  BufferView<5> src(t.src + k_begin, {{{mr, t.src_row},
                                       {extent, 1},
                                       {t.k2, t.k2_stride},
                                       {t.k3, t.k3_stride},
                                       {t.tiles, t.src_tile}}});
  BufferView<5> weight_view(weights, {{{nr * variant.depth, 1},
                                       {extent / variant.depth, nr * variant.depth},
                                       {t.k2, t.k1 * nr},
                                       {t.k3, t.k1 * t.k2 * nr},
                                       {block.panels, depth * nr}}});
  BufferView<2> bias(is_first ? panels.bias + block.first_panel * nr : panels.zeros,
                     {{{nr, 1}, {block.panels, is_first ? nr : 0}}});
  BufferView<4> dst(t.dst, {{{nr, 1}, {mr, t.dst_row}, {block.panels, nr}, {t.tiles, t.dst_tile}}});
  const float lo = is_last ? epilogue.lo : -kInfinity;
  const float hi = is_last ? epilogue.hi : kInfinity;
  const auto columns = static_cast<std::int32_t>(block.columns);
  if (is_first && t.addend == nullptr) {
    const bool has_far = is_far && variant.far_start != nullptr;
    const DotStart start = has_far ? variant.far_start : variant.start;
    start(src.get(), weight_view.get(), bias.get(), columns, lo, hi, dst.get());
    return;
  }
  BufferView<4> addend(is_first ? t.addend : t.dst,
                       {{{nr, 1},
                         {mr, is_first ? t.addend_row : t.dst_row},
                         {block.panels, nr},
                         {t.tiles, is_first ? t.addend_tile : t.dst_tile}}});
  const DotAdd add = is_far && variant.far_add != nullptr ? variant.far_add : variant.add;
  add(src.get(), weight_view.get(), bias.get(), columns, lo, hi, addend.get(), dst.get());
}

void multiply_whole(const DotVariant& variant, const DotTiles& tiles, const DotPanels& panels,
                    const Block& block, const DotBlocking& blocking, const DotEpilogue& epilogue) {
  std::int64_t k = 0;
  do {  // once even if the reduction is empty
    const std::int64_t end = std::min(tiles.k1, k + blocking.k1);
    call_kernel(variant, tiles, panels, block, k, end, blocking.is_far, epilogue);
    k = end;
  } while (k < tiles.k1);
}

/// Rows of a tile are too short for a call of memcpy to be worth it.
void copy_columns(float* to, std::int64_t to_row, const float* from, std::int64_t from_row,
                  std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kVector = 4;
  for (std::int64_t i = 0; i < rows; ++i, to += to_row, from += from_row) {
    std::int64_t j = 0;
    for (; j + kVector <= columns; j += kVector)
      std::memcpy(to + j, from + j, kVector * sizeof(float));
    for (; j < columns; ++j)
      to[j] = from[j];
  }
}

/// Tiles of fewer rows than mr, or a last panel of fewer columns than nr: through a tile of
/// scratch.
void multiply_partial(const DotVariant& variant, const DotTiles& tiles, const DotPanels& panels,
                      const Block& block, const DotBlocking& blocking, const DotEpilogue& epilogue,
                      float* scratch) {
  const std::int64_t column = block.first_panel * variant.nr;
  // Columns that are not stored stay finite.
  if (tiles.addend != nullptr) std::fill_n(scratch, tile_scratch_floats(variant), 0.0F);
  for (std::int64_t tile = 0; tile < tiles.tiles; ++tile) {
    DotTiles one = tiles;
    one.tiles = 1;
    one.src += tile * tiles.src_tile;
    one.dst = scratch;
    one.dst_row = variant.nr;
    if (tiles.addend != nullptr) {
      copy_columns(scratch, variant.nr, tiles.addend + tile * tiles.addend_tile + column,
                   tiles.addend_row, tiles.rows, block.columns);
      one.addend = scratch;
      one.addend_row = variant.nr;
    }
    multiply_whole(variant, one, panels, block, blocking, epilogue);
    copy_columns(tiles.dst + tile * tiles.dst_tile + column, tiles.dst_row, scratch, variant.nr,
                 tiles.rows, block.columns);
  }
}

/// `tiles` with dst and addend at the block's first column.
DotTiles at_column(const DotTiles& tiles, std::int64_t column) {
  DotTiles result = tiles;
  result.dst += column;
  if (result.addend != nullptr) result.addend += column;
  return result;
}

}  // namespace

void multiply_tiles(const DotVariant& variant, const DotTiles& tiles, const DotPanels& panels,
                    ColumnRange columns, const DotBlocking& blocking, const DotEpilogue& epilogue,
                    float* tile_scratch) {
  const std::int64_t nr = variant.nr;
  const std::int64_t first = columns.begin / nr;
  const std::int64_t all = (columns.end + (variant.masked ? nr - 1 : 0)) / nr;
  const std::int64_t whole = tiles.rows == variant.mr ? all : first;
  if (first < whole) {
    const Block block{first, whole - first, std::min(whole * nr, columns.end) - first * nr};
    multiply_whole(variant, at_column(tiles, first * nr), panels, block, blocking, epilogue);
  }
  for (std::int64_t panel = whole; panel * nr < columns.end; ++panel) {
    const Block block{panel, 1, std::min(nr, columns.end - panel * nr)};
    multiply_partial(variant, tiles, panels, block, blocking, epilogue, tile_scratch);
  }
}

}  // namespace tilewright::kernels
