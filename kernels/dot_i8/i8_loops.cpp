// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot_i8/i8_loops.h"

#include <algorithm>
#include <cstring>

#include "kernels/cache_lines.h"
#include "kernels/dot/gather_windows.h"
#include "kernels/halide/buffer_view.h"

namespace tilewright::kernels {
namespace {

std::int64_t packed_row_bytes(const DotGeometry& geometry, const DotI8Variant& variant) {
  return odd_line_bytes(i8_steps(geometry, variant) * variant.products * variant.packed_bytes());
}

/// Of one block; where src is read as it lies, the last tile may have to be packed.
std::int64_t block_tiles(const KernelConfig& config) {
  return std::max<std::int64_t>(config.block_rows, 1);
}

std::int64_t block_bytes(const DotGeometry& geometry, const DotI8Variant& variant,
                         const KernelConfig& config) {
  return block_tiles(config) * variant.mr * packed_row_bytes(geometry, variant);
}

/// Tiles of rows of src.
struct Tiles {
  const void* data;
  std::int64_t row_stride;  // in elements of the form
  std::int64_t count;
  bool is_direct;
};

/// Where a block of full tiles goes.
struct Target {
  std::int8_t* data;
  std::int64_t row_stride;
};

void call_kernel(const I8Job& job, const Tiles& tiles, std::int64_t first_panel,
                 std::int64_t panels, const Target& dst) {
  const DotI8Variant& v = job.variant;
  const std::int64_t steps = i8_steps(job.geometry, v);
  const std::int64_t panel_bytes = steps * v.products * v.nr;
  BufferView<4> weights(job.panels.weights + first_panel * panel_bytes,
                        {{{v.products, 1},
                          {v.nr, v.products},
                          {steps, std::int64_t{v.nr} * v.products},
                          {panels, panel_bytes}}});
  BufferView<2> bias(job.panels.biases + first_panel * v.nr, {{{v.nr, 1}, {panels, v.nr}}});
  BufferView<2> scale(job.panels.multipliers + first_panel * v.nr, {{{v.nr, 1}, {panels, v.nr}}});
  const std::array<std::array<std::int64_t, 2>, 4> of_src{{{v.products, 1},
                                                           {v.mr, tiles.row_stride},
                                                           {steps, v.products},
                                                           {tiles.count, v.mr * tiles.row_stride}}};
  const auto* bytes = static_cast<const std::int8_t*>(tiles.data);
  const bool is_wide = !tiles.is_direct && v.packed_bytes() == 2;
  BufferView<4> src = is_wide ? BufferView<4>(static_cast<const std::int16_t*>(tiles.data), of_src)
                              : BufferView<4>(bytes, of_src);
  BufferView<4> out(
      dst.data,
      {{{v.nr, 1}, {v.mr, dst.row_stride}, {panels, v.nr}, {tiles.count, v.mr * dst.row_stride}}});
  const Rescaling& r = *job.panels.rescaling;
  const DotI8Function run = tiles.is_direct ? v.direct : v.packed;
  run(weights.get(), bias.get(), scale.get(), r.lo, r.hi, r.zero_point, src.get(), out.get());
}

/// One panel of one tile, of which the first `rows` rows are stored.
void multiply_in_scratch(const I8Job& job, const Tiles& tile, std::int64_t panel, std::int64_t row,
                         std::int64_t rows) {
  const DotI8Variant& v = job.variant;
  std::byte* at =
      job.scratch + block_bytes(job.geometry, v, job.config) + odd_line_bytes(job.geometry.depth());
  auto* made = reinterpret_cast<std::int8_t*>(at);
  call_kernel(job, tile, panel, 1, {made, v.nr});
  const std::int64_t column = panel * v.nr;
  const std::int64_t columns = std::min<std::int64_t>(v.nr, job.columns.end - column);
  for (std::int64_t i = 0; i < rows; ++i) {
    std::memcpy(job.dst.pixel(row + i) + column, made + i * v.nr,
                static_cast<std::size_t>(columns));
  }
}

/// Full tiles straight into dst where it is as regular as they are.
void multiply(const I8Job& job, const Tiles& tiles, std::int64_t row, std::int64_t rows) {
  const DotI8Variant& v = job.variant;
  const std::int64_t first = job.columns.begin / v.nr;
  const std::int64_t all = (job.columns.end + v.nr - 1) / v.nr;
  const bool is_regular = rows == tiles.count * v.mr && job.dst.is_uniform();
  const std::int64_t whole = is_regular ? std::max(job.columns.end / v.nr, first) : first;
  if (first < whole) {
    call_kernel(job, tiles, first, whole - first,
                {job.dst.pixel(row) + first * v.nr, job.dst.w_stride});
  }
  const std::int64_t tile_bytes =
      v.mr * tiles.row_stride * (tiles.is_direct ? 1 : v.packed_bytes());
  for (std::int64_t panel = whole; panel < all; ++panel) {
    for (std::int64_t t = 0; t < tiles.count; ++t) {
      const Tiles one{static_cast<const std::byte*>(tiles.data) + t * tile_bytes, tiles.row_stride,
                      1, tiles.is_direct};
      multiply_in_scratch(job, one, panel, row + t * v.mr,
                          std::min<std::int64_t>(rows - t * v.mr, v.mr));
    }
  }
}

/// A row in the form of the instruction.
void bring_into_form(const DotI8Variant& variant, const std::int8_t* row, std::int64_t depth,
                     std::byte* to) {
  if (variant.packed_bytes() == 2) {
    auto* wide = reinterpret_cast<std::int16_t*>(to);
    for (std::int64_t k = 0; k < depth; ++k)
      wide[k] = row[k];
    return;
  }
  const auto flip = static_cast<std::uint8_t>(variant.flips ? 0x80 : 0);
  auto* bytes = reinterpret_cast<std::uint8_t*>(to);
  for (std::int64_t k = 0; k < depth; ++k)
    bytes[k] = static_cast<std::uint8_t>(row[k]) ^ flip;
}

/// Packs rows [row, row + rows) and zeros up to whole tiles.
void pack_rows(const I8Job& job, std::int64_t row, std::int64_t rows, std::int64_t padded_rows) {
  const DotI8Variant& v = job.variant;
  const DotGeometry& geometry = job.geometry;
  const std::int64_t depth = geometry.depth();
  const std::int64_t row_bytes = packed_row_bytes(geometry, v);
  auto* window = reinterpret_cast<std::int8_t*>(job.scratch + block_bytes(geometry, v, job.config));
  std::byte* to = job.scratch;
  for (std::int64_t i = 0; i < rows; ++i, to += row_bytes) {
    const std::int8_t* from = window;
    if (geometry.is_pointwise()) {
      from = job.src.pixel(row + i);
    } else {
      gather_windows<std::int8_t>(geometry, job.src, row + i, 1,
                                  {window, depth, job.panels.rescaling->src_zero_point});
    }
    bring_into_form(v, from, depth, to);
    const std::int64_t used = depth * v.packed_bytes();
    std::memset(to + used, 0, static_cast<std::size_t>(row_bytes - used));
  }
  std::memset(to, 0, static_cast<std::size_t>((padded_rows - rows) * row_bytes));
}

/// Packs a block of rows and multiplies it.
void run_packed(const I8Job& job, std::int64_t row, std::int64_t rows) {
  const DotI8Variant& v = job.variant;
  const std::int64_t tiles = (rows + v.mr - 1) / v.mr;
  pack_rows(job, row, rows, tiles * v.mr);
  const std::int64_t row_stride = packed_row_bytes(job.geometry, v) / v.packed_bytes();
  const std::int64_t whole = rows / v.mr;
  if (whole > 0) multiply(job, {job.scratch, row_stride, whole, false}, row, whole * v.mr);
  if (whole == tiles) return;
  const std::int64_t done = whole * v.mr;
  multiply(job, {job.scratch + done * packed_row_bytes(job.geometry, v), row_stride, 1, false},
           row + done, rows - done);
}

}  // namespace

bool reads_i8_directly(const DotGeometry& geometry, const DotI8Variant& variant) {
  return geometry.is_pointwise() && geometry.depth() % variant.products == 0;
}

std::int64_t i8_scratch_bytes(const DotGeometry& geometry, const DotI8Variant& variant,
                              const KernelConfig& config) {
  return block_bytes(geometry, variant, config) + odd_line_bytes(geometry.depth()) +
         std::int64_t{variant.mr} * variant.nr;
}

void run_dot_i8(const I8Job& job, std::int64_t begin, std::int64_t end) {
  const DotI8Variant& v = job.variant;
  std::int64_t row = begin;
  const bool is_direct = job.config.algorithm == static_cast<std::int32_t>(I8Input::Direct);
  if (is_direct && job.src.is_uniform()) {
    const std::int64_t tiles = (end - begin) / v.mr;
    if (tiles > 0)
      multiply(job, {job.src.pixel(begin), job.src.w_stride, tiles, true}, begin, tiles * v.mr);
    row += tiles * v.mr;
  }
  const std::int64_t block = block_tiles(job.config) * v.mr;
  for (; row < end; row += block)
    run_packed(job, row, std::min(block, end - row));
}

}  // namespace tilewright::kernels
