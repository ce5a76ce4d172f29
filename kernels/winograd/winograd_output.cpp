// SPDX-License-Identifier: Apache-2.0
// From planes to images: whole tiles of whole vectors of channels are written where they belong,
// all else through a copy.
#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/elementwise/activation_rows.h"
#include "kernels/halide/buffer_view.h"
#include "kernels/winograd/winograd_block.h"

namespace tilewright::kernels {
namespace {

/// Where pixels are: a pixel, and the distances to its neighbours.
struct Pixels {
  float* data;
  std::int64_t w_stride, h_stride;
};

Pixels pixels_at(const Images& images, std::int64_t n, std::int64_t y, std::int64_t x) {
  if (images.data == nullptr) return {nullptr, 0, 0};
  return {images.image(n) + y * images.h_stride + x * images.w_stride, images.w_stride,
          images.h_stride};
}

/// Channels [begin, begin + count) of `tiles` neighbouring tiles from `tile` of the block on.
struct TilePart {
  std::int64_t tile, tiles;
  std::int64_t begin, count;
};

/// Sums to whole tiles at `dst`; `addend` may have no data.
void transform(const WinogradJob& job, const WinogradLayout& layout, const TilePart& part,
               const Pixels& dst, const Pixels& addend) {
  const std::int64_t inputs = job.geometry.inputs();
  const std::int64_t outputs = job.geometry.outputs;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  float lo = -kInfinity;
  float hi = kInfinity;
  if (!is_clamp(job.activation, lo, hi)) lo = -kInfinity, hi = kInfinity;
  BufferView<4> sums(job.scratch + layout.sums_at + part.tile * layout.sums.row + part.begin,
                     {{{part.count, 1},
                       {inputs, layout.sums.plane},
                       {inputs, inputs * layout.sums.plane},
                       {part.tiles, layout.sums.row}}});
  BufferView<1> bias(job.packed + winograd_panel_floats(job.geometry, job.kernel) + part.begin,
                     {{{part.count, 1}}});
  const auto view = [&](const Pixels& pixels) {
    return std::array<std::array<std::int64_t, 2>, 4>{{{part.count, 1},
                                                       {outputs, pixels.w_stride},
                                                       {outputs, pixels.h_stride},
                                                       {part.tiles, outputs * pixels.w_stride}}};
  };
  BufferView<4> to(dst.data, view(dst));
  if (addend.data == nullptr) {
    job.kernel.output->start(sums.get(), bias.get(), lo, hi, to.get());
    return;
  }
  BufferView<4> from(addend.data, view(addend));
  job.kernel.output->add(sums.get(), bias.get(), lo, hi, from.get(), to.get());
}

/// Copies rows [begin, end) and `columns` columns of `count` channels.
void copy_pixels(const Pixels& from, const Pixels& to, std::int64_t begin, std::int64_t end,
                 std::int64_t columns, std::int64_t count) {
  for (std::int64_t y = begin; y < end; ++y) {
    for (std::int64_t x = 0; x < columns; ++x) {
      std::memcpy(to.data + y * to.h_stride + x * to.w_stride,
                  from.data + y * from.h_stride + x * from.w_stride,
                  static_cast<std::size_t>(count) * sizeof(float));
    }
  }
}

/// The part of one tile that is wanted: rows [begin, end) and the first `columns` columns.
struct Wanted {
  std::int64_t begin, end, columns;
};

/// A tile through scratch. `dst` and `addend` are at its first pixel and channel.
void transform_part(const WinogradJob& job, const WinogradLayout& layout, TilePart part,
                    const Wanted& wanted, const Pixels& dst, const Pixels& addend) {
  const std::int64_t outputs = job.geometry.outputs;
  const std::int64_t lanes = job.kernel.output->lanes;
  const std::int64_t channels = part.count;
  part.count = (channels + lanes - 1) / lanes * lanes;
  const Pixels edge{job.scratch + layout.edge_at, part.count, outputs * part.count};
  if (addend.data != nullptr) {
    std::fill_n(edge.data, outputs * edge.h_stride, 0.0F);
    copy_pixels(addend, edge, wanted.begin, wanted.end, wanted.columns, channels);
  }
  transform(job, layout, part, edge, addend.data == nullptr ? Pixels{nullptr, 0, 0} : edge);
  copy_pixels(edge, dst, wanted.begin, wanted.end, wanted.columns, channels);
}

Pixels at_channel(Pixels pixels, std::int64_t channel) {
  if (pixels.data != nullptr) pixels.data += channel;
  return pixels;
}

/// One row of tiles of the block; of its rows of pixels, [wanted.begin, wanted.end).
void transform_tile_row(const WinogradJob& job, const WinogradLayout& layout,
                        const WinogradBlock& block, std::int64_t row, const Wanted& wanted) {
  const WinogradGeometry& g = job.geometry;
  const std::int64_t first = (row - block.begin) * g.tile_columns();
  const bool is_whole = wanted.begin == 0 && wanted.end == g.outputs;
  const std::int64_t tiles = is_whole ? g.dst_w / g.outputs : 0;
  const std::int64_t channels = g.columns / job.kernel.output->lanes * job.kernel.output->lanes;
  const auto at = [&](const Images& images, std::int64_t tile) {
    return pixels_at(images, block.n, row * g.outputs, tile * g.outputs);
  };
  if (tiles > 0 && channels > 0) {
    transform(job, layout, {first, tiles, 0, channels}, at(job.dst, 0), at(job.addend, 0));
  }
  for (std::int64_t tile = 0; tile < g.tile_columns(); ++tile) {
    const std::int64_t done = tile < tiles ? channels : 0;
    if (done == g.columns) continue;
    Wanted part = wanted;
    part.columns = std::min(g.outputs, g.dst_w - tile * g.outputs);
    transform_part(job, layout, {first + tile, 1, done, g.columns - done}, part,
                   at_channel(at(job.dst, tile), done), at_channel(at(job.addend, tile), done));
  }
}

}  // namespace

void transform_outputs(const WinogradJob& job, const WinogradLayout& layout,
                       const WinogradBlock& block, std::int64_t y_begin, std::int64_t y_end) {
  const WinogradGeometry& g = job.geometry;
  for (std::int64_t row = block.begin; row < block.end; ++row) {
    const std::int64_t y = row * g.outputs;
    const std::int64_t begin = std::max<std::int64_t>(y_begin - y, 0);
    const std::int64_t end = std::min({y_end - y, g.dst_h - y, g.outputs});
    if (begin < end) transform_tile_row(job, layout, block, row, {begin, end, 0});
  }
}

}  // namespace tilewright::kernels
