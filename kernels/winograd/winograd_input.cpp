// SPDX-License-Identifier: Apache-2.0
// From images to planes: tiles inside the image are read where they lie, those that reach into the
// padding through a copy.
#include <algorithm>
#include <cstring>

#include "kernels/halide/buffer_view.h"
#include "kernels/window_taps.h"
#include "kernels/winograd/winograd_block.h"

namespace tilewright::kernels {
namespace {

/// Neighbouring tiles of a row: pixels of `channels` channels from `src` on.
struct TileRun {
  const float* src;
  std::int64_t w_stride, h_stride;
  std::int64_t channels;
  std::int64_t tile;  // of the block
  std::int64_t count;
};

void transform(const WinogradJob& job, const WinogradLayout& layout, const TileRun& run) {
  const WinogradGeometry& g = job.geometry;
  BufferView<3> src(run.src, {{{run.channels, 1},
                               {(run.count - 1) * g.outputs + g.inputs(), run.w_stride},
                               {g.inputs(), run.h_stride}}});
  BufferView<4> planes(job.scratch + run.tile * layout.inputs.row,
                       {{{run.channels, 1},
                         {g.inputs(), layout.inputs.plane},
                         {g.inputs(), g.inputs() * layout.inputs.plane},
                         {run.count, layout.inputs.row}}});
  job.kernel.input->transform(src.get(), planes.get());
}

/// Copies the input of a tile, zeros in its padding.
void fill_patch(const WinogradJob& job, const WinogradLayout& layout, std::int64_t n,
                std::int64_t y, std::int64_t x, float* patch) {
  const WinogradGeometry& g = job.geometry;
  const Taps rows = taps_inside(y, 1, g.inputs(), g.src_h);
  const Taps columns = taps_inside(x, 1, g.inputs(), g.src_w);
  std::fill_n(patch, g.planes() * layout.patch_channels, 0.0F);
  for (std::int64_t i = rows.begin; i < rows.end; ++i) {
    for (std::int64_t j = columns.begin; j < columns.end; ++j) {
      std::memcpy(patch + (i * g.inputs() + j) * layout.patch_channels,
                  job.src.image(n) + (y + i) * job.src.h_stride + (x + j) * job.src.w_stride,
                  static_cast<std::size_t>(g.channels) * sizeof(float));
    }
  }
}

}  // namespace

void transform_inputs(const WinogradJob& job, const WinogradLayout& layout,
                      const WinogradBlock& block) {
  const WinogradGeometry& g = job.geometry;
  float* patch = job.scratch + layout.patch_at;
  // Columns of tiles [inner_begin, inner_end) lose nothing to the padding at left and right.
  const std::int64_t columns = g.tile_columns();
  const std::int64_t inner_begin = std::min((g.pad_left + g.outputs - 1) / g.outputs, columns);
  const std::int64_t room = g.src_w + g.pad_left - g.inputs();
  const std::int64_t inner_end =
      std::clamp(room < 0 ? 0 : room / g.outputs + 1, inner_begin, columns);
  for (std::int64_t row = block.begin; row < block.end; ++row) {
    const std::int64_t y = row * g.outputs - g.pad_top;
    const std::int64_t first = (row - block.begin) * columns;
    const bool is_inner =
        y >= 0 && y + g.inputs() <= g.src_h && g.channels >= job.kernel.input->lanes;
    const std::int64_t begin = is_inner ? inner_begin : columns;
    const std::int64_t end = is_inner ? inner_end : columns;
    for (std::int64_t tile = 0; tile < columns; ++tile) {
      if (tile == begin && begin < end) {
        const float* src = job.src.image(block.n) + y * job.src.h_stride +
                           (begin * g.outputs - g.pad_left) * job.src.w_stride;
        transform(
            job, layout,
            {src, job.src.w_stride, job.src.h_stride, g.channels, first + begin, end - begin});
        tile = end - 1;
        continue;
      }
      fill_patch(job, layout, block.n, y, tile * g.outputs - g.pad_left, patch);
      transform(job, layout,
                {patch, layout.patch_channels, g.inputs() * layout.patch_channels,
                 layout.patch_channels, first + tile, 1});
    }
  }
}

}  // namespace tilewright::kernels
