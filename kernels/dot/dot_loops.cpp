// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot/dot_loops.h"

#include <algorithm>

#include "kernels/dot/dot_tiles.h"
#include "kernels/elementwise/activation_rows.h"

namespace tilewright::kernels {
namespace {

std::int64_t or_all(std::int64_t block, std::int64_t all) {
  return block == 0 ? all : std::min(block, all);
}

std::int64_t rounded_up(std::int64_t count, std::int64_t unit) {
  return (count + unit - 1) / unit * unit;
}

DotInput input_of(const KernelConfig& config) {
  return static_cast<DotInput>(config.algorithm);
}

/// Flat rows of a block.
std::int64_t block_rows(const DotGeometry& geometry, const DotVariant& variant,
                        const KernelConfig& config) {
  if (works_by_image_row(geometry, config))
    return or_all(config.block_rows, geometry.dst_h) * geometry.dst_w;
  const std::int64_t rows = rounded_up(geometry.rows(), variant.mr);
  return or_all(std::int64_t{config.block_rows} * variant.mr, rows);
}

/// Images as seen by one group: the group's channels only.
Images group_of(Images images, std::int64_t first_channel) {
  if (images.data != nullptr) images.data += first_channel;
  return images;
}

/// Scratch begins with a tile, then comes what was gathered or the strip.
float* tile_scratch(const DotJob& job) {
  return job.scratch;
}
std::int64_t tile_floats(const DotVariant& variant) {
  return whole_lines(tile_scratch_floats(variant));
}

/// The job's columns of `count` of dst, the first of which is `first`, counted from there.
ColumnRange columns_among(const DotJob& job, std::int64_t first, std::int64_t count) {
  return {std::clamp<std::int64_t>(job.columns.begin - first, 0, count),
          std::clamp<std::int64_t>(job.columns.end - first, 0, count)};
}

ColumnRange group_columns(const DotJob& job, std::int64_t group) {
  return columns_among(job, group * job.geometry.columns, job.geometry.columns);
}

void multiply(const DotJob& job, const DotTiles& tiles, std::int64_t group) {
  const DotBlocking blocking{std::max<std::int64_t>(or_all(job.config.block_depth, tiles.k1), 1),
                             are_far(panel_floats(job.geometry, job.variant))};
  multiply_tiles(job.variant, tiles, panels_of(job.geometry, job.variant, job.packed, group),
                 group_columns(job, group), blocking, job.epilogue, tile_scratch(job));
}

/// Panels of weights that two sets of tiles meet one after the other: all, unless these would have
/// left the second-level cache in between.
std::int64_t shared_panels(const DotJob& job) {
  constexpr std::int64_t kManyBytes = 1024 * 1024;
  constexpr std::int64_t kPartBytes = 128 * 1024;
  const std::int64_t panels = panel_count(job.geometry.columns, job.variant);
  const std::int64_t panel_bytes = 4 * job.geometry.depth() * job.variant.nr;
  if (panels * panel_bytes < kManyBytes) return std::max<std::int64_t>(panels, 1);
  return std::max<std::int64_t>(kPartBytes / panel_bytes, 1);
}

void multiply_both(const DotJob& job, const DotTiles& tiles, const DotTiles& last,
                   std::int64_t group) {
  for_each_part(job, group, shared_panels(job), [&](const DotJob& part) {
    multiply(part, tiles, group);
    multiply(part, last, group);
  });
}

/// Sets where the tiles go; `row` is the flat row of the first.
void set_targets(const DotJob& job, std::int64_t group, std::int64_t row, std::int64_t tile_rows,
                 DotTiles& tiles) {
  const std::int64_t column = group * job.geometry.columns;
  tiles.dst = job.dst.pixel(row) + column;
  tiles.dst_row = job.dst.w_stride;
  tiles.dst_tile = tile_rows * job.dst.w_stride;
  if (job.addend.data == nullptr) return;
  tiles.addend = job.addend.pixel(row) + column;
  tiles.addend_row = job.addend.w_stride;
  tiles.addend_tile = tile_rows * job.addend.w_stride;
}

/// The reduction over a window of src with these strides.
void set_reduction(const DotGeometry& geometry, std::int64_t w_stride, std::int64_t h_stride,
                   DotTiles& tiles) {
  const bool is_dense = geometry.dilation_w == 1 && w_stride == geometry.channels;
  tiles.k1 = is_dense ? geometry.filter_w * geometry.channels : geometry.channels;
  tiles.k2 = is_dense ? 1 : geometry.filter_w;
  tiles.k2_stride = geometry.dilation_w * w_stride;
  tiles.k3 = geometry.filter_h;
  tiles.k3_stride = geometry.dilation_h * h_stride;
}

/// Whether rows may be computed twice: not if they are written over what is added to them.
bool may_repeat_rows(const DotJob& job) {
  return job.addend.data == nullptr || job.addend.data != job.dst.data;
}

/// Where the tile begins that holds row `begin` of `count`: the last one moves back over rows that
/// are done, so that it is whole.
std::int64_t tile_begin(const DotJob& job, std::int64_t begin, std::int64_t count) {
  const std::int64_t mr = job.variant.mr;
  return count >= mr && may_repeat_rows(job) ? std::min(begin, count - mr) : begin;
}

/// The last rows of a matrix, fewer than mr: gathered, so that mr rows can be read.
void multiply_last_rows(const DotJob& job, const Images& src, std::int64_t group, std::int64_t row,
                        std::int64_t count) {
  if (count == 0) return;
  gather_rows(job.geometry, src, row, count, job.variant.mr, gathered_scratch(job));
  multiply_gathered(job, gathered_scratch(job), group, row, count);
}

/// Rows of src as they are, at one stride: a matrix.
void multiply_matrix(const DotJob& job, std::int64_t group, std::int64_t row, std::int64_t count) {
  const std::int64_t mr = job.variant.mr;
  const Images src = group_of(job.src, group * job.geometry.channels);
  DotTiles tiles;
  tiles.tiles = count / mr;
  tiles.rows = mr;
  tiles.src = src.pixel(row);
  tiles.src_row = src.w_stride;
  tiles.src_tile = mr * src.w_stride;
  tiles.k1 = job.geometry.channels;
  set_targets(job, group, row, mr, tiles);
  const std::int64_t rest = count % mr;
  const std::int64_t begin = tile_begin(job, count - rest, count);
  if (rest == 0 || begin + mr > count) {
    if (tiles.tiles > 0) multiply(job, tiles, group);
    return multiply_last_rows(job, src, group, row + begin, rest);
  }
  DotTiles last = tiles;
  last.tiles = 1;
  last.src += begin * src.w_stride;
  set_targets(job, group, row + begin, mr, last);
  multiply_both(job, tiles, last, group);
}

void multiply_block_gathered(const DotJob& job, std::int64_t group, std::int64_t row,
                             std::int64_t count) {
  gather_rows(job.geometry, group_of(job.src, group * job.geometry.channels), row, count,
              rounded_up(count, job.variant.mr), gathered_scratch(job));
  multiply_gathered(job, gathered_scratch(job), group, row, count);
}

/// The first `width` pixels of rows of output pixels, from windows that begin at tiles.src. A tile
/// is mr pixels of a row; the tiles of one call are below each other, so that one panel of weights
/// meets all of them.
void multiply_lines(const DotJob& job, std::int64_t group, std::int64_t row, std::int64_t width,
                    DotTiles tiles) {
  const std::int64_t mr = job.variant.mr;
  const float* origin = tiles.src;
  for (std::int64_t next = 0; next < width; next += mr) {
    const std::int64_t x = tile_begin(job, next, width);
    tiles.rows = std::min(mr, width - x);
    tiles.src = origin + x * tiles.src_row;
    set_targets(job, group, row + x, mr, tiles);
    tiles.dst_tile = job.dst.h_stride;
    tiles.addend_tile = job.addend.h_stride;
    multiply(job, tiles, group);
  }
}

/// Whole rows of output pixels, [row, row + count) within one image.
void multiply_windows(const DotJob& job, std::int64_t group, std::int64_t row, std::int64_t count) {
  const DotGeometry& geometry = job.geometry;
  const std::int64_t mr = job.variant.mr;
  const std::int64_t y = row / geometry.dst_w % geometry.dst_h;
  const std::int64_t n = row / geometry.dst_w / geometry.dst_h;
  const bool has_strip = input_of(job.config) == DotInput::Strip;
  const Images group_src = group_of(job.src, group * geometry.channels);
  Images src = group_src;
  DotTiles tiles;
  tiles.tiles = count / geometry.dst_w;
  if (has_strip) {
    const DotStrip strip = dot_strip(geometry, mr);
    src.w_stride = strip.w_stride;
    src.h_stride = strip.h_stride;
    fill_strip(geometry, group_src, n, y, tiles.tiles, strip, gathered_scratch(job));
  }
  tiles.src = has_strip
                  ? gathered_scratch(job)
                  : src.image(n) + (y * geometry.stride_h + geometry.offset_h) * src.h_stride +
                        geometry.offset_w * src.w_stride;
  set_reduction(geometry, src.w_stride, src.h_stride, tiles);
  tiles.src_row = geometry.stride_w * src.w_stride;
  tiles.src_tile = geometry.stride_h * src.h_stride;
  // Only a strip is readable behind the last pixel.
  const std::int64_t width = geometry.dst_w;
  const bool ends_whole = tile_begin(job, width - width % mr, width) + mr <= width;
  const std::int64_t rest = has_strip || ends_whole ? 0 : width % mr;
  multiply_lines(job, group, row, width - rest, tiles);
  for (std::int64_t line = 0; rest > 0 && line < tiles.tiles; ++line)
    multiply_last_rows(job, group_src, group, row + (line + 1) * width - rest, rest);
}

void multiply_block(const DotJob& job, std::int64_t group, std::int64_t row, std::int64_t count) {
  if (works_by_image_row(job.geometry, job.config)) {
    multiply_windows(job, group, row, count);
  } else if (input_of(job.config) == DotInput::InPlace) {
    multiply_matrix(job, group, row, count);
  } else {
    multiply_block_gathered(job, group, row, count);
  }
}

/// Rows from `row` on that one block may hold: those at one stride in every operand that is read or
/// written in place.
std::int64_t rows_at_one_stride(const DotJob& job, std::int64_t row) {
  const DotGeometry& geometry = job.geometry;
  if (works_by_image_row(geometry, job.config)) {
    const std::int64_t image = geometry.dst_h * geometry.dst_w;
    return image - row % image;
  }
  const bool is_uniform = job.dst.is_uniform() &&
                          (job.addend.data == nullptr || job.addend.is_uniform()) &&
                          (input_of(job.config) != DotInput::InPlace || job.src.is_uniform());
  return is_uniform ? geometry.rows() - row : geometry.dst_w - row % geometry.dst_w;
}

/// A block's rows are at one stride within each row of output pixels at least.
void activate_rows(const DotJob& job, std::int64_t row, std::int64_t count) {
  if (job.epilogue.strip.kind == ActivationKind::None) return;
  const ColumnRange columns = columns_among(job, 0, job.geometry.groups * job.geometry.columns);
  const std::int64_t width = job.geometry.dst_w;
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t line = job.dst.is_uniform() ? count : width - (row + done) % width;
    const std::int64_t rows = std::min(line, count - done);
    apply_activation_rows(job.epilogue.strip, job.dst.pixel(row + done) + columns.begin, rows,
                          columns.end - columns.begin, job.dst.w_stride, job.variant.isa);
    done += rows;
  }
}

/// Rows [begin, end) of the job's columns, block by block.
void run_rows(const DotJob& job, std::int64_t begin, std::int64_t end) {
  const std::int64_t block = block_rows(job.geometry, job.variant, job.config);
  for (std::int64_t row = begin; row < end;) {
    const std::int64_t count = std::min({block, end - row, rows_at_one_stride(job, row)});
    for (std::int64_t group = 0; group < job.geometry.groups; ++group) {
      const ColumnRange columns = group_columns(job, group);
      if (columns.begin < columns.end) multiply_block(job, group, row, count);
    }
    activate_rows(job, row, count);
    row += count;
  }
}

}  // namespace

float* gathered_scratch(const DotJob& job) {
  return job.scratch + tile_floats(job.variant);
}

bool works_by_image_row(const DotGeometry& geometry, const KernelConfig& config) {
  return input_of(config) == DotInput::Strip ||
         (input_of(config) == DotInput::InPlace && !geometry.is_pointwise());
}

std::int64_t job_scratch_floats(const DotGeometry& geometry, const DotVariant& variant,
                                const KernelConfig& config) {
  const std::int64_t tile = tile_floats(variant);
  if (geometry.rows() == 0) return tile;
  const std::int64_t rows = block_rows(geometry, variant, config);
  switch (input_of(config)) {
    case DotInput::InPlace:  // tiles of one row are always whole
      return variant.mr == 1 ? tile : tile + variant.mr * gathered_stride(geometry.depth());
    case DotInput::Gathered:
      return tile + rows * gathered_stride(geometry.depth());
    case DotInput::Strip: {
      const DotStrip strip = dot_strip(geometry, variant.mr);
      return tile + strip.rows(geometry, rows / geometry.dst_w) * strip.h_stride;
    }
  }
  return tile;
}

void multiply_gathered(const DotJob& job, const float* gathered, std::int64_t group,
                       std::int64_t row, std::int64_t count) {
  const std::int64_t mr = job.variant.mr;
  DotTiles tiles;
  tiles.tiles = count / mr;
  tiles.rows = mr;
  tiles.src = gathered;
  tiles.src_row = gathered_stride(job.geometry.depth());
  tiles.src_tile = mr * tiles.src_row;
  tiles.k1 = job.geometry.depth();
  set_targets(job, group, row, mr, tiles);
  if (count % mr == 0) return multiply(job, tiles, group);
  const std::int64_t begin = tile_begin(job, tiles.tiles * mr, count);
  DotTiles last = tiles;
  last.src += begin * last.src_row;
  last.tiles = 1;
  last.rows = std::min(mr, count - begin);
  set_targets(job, group, row + begin, mr, last);
  if (tiles.tiles == 0) return multiply(job, last, group);
  multiply_both(job, tiles, last, group);
}

void run_dot(const DotJob& job, std::int64_t begin, std::int64_t end) {
  for_each_column_block(job, [&](const DotJob& part) { run_rows(part, begin, end); });
}

}  // namespace tilewright::kernels
