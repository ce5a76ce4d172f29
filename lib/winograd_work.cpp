// SPDX-License-Identifier: Apache-2.0
#include "lib/winograd_work.h"

#include <algorithm>
#include <cmath>

#include "lib/tuner/cost_model.h"

namespace tilewright {
namespace {

/// Vector operations of both passes over a tile of n x n elements, per n^3: loads, sums, stores.
constexpr double kTransformOps = 2;
/// So much faster must F(6x6, 3x3) be to be thought better: its errors are five times those of
/// F(4x4, 3x3).
constexpr double kLargeTileHandicap = 1.2;
constexpr std::int64_t kLargeTile = 8;

/// Tiles of m x m outputs, in blocks.
struct Tiles {
  std::int64_t inputs;     // elements of an input tile along an axis
  std::int64_t count;      // of all images
  std::int64_t per_block;  // at most
  std::int64_t blocks;
};

Tiles tiles_of(const Shape& dst, const kernels::KernelConfig& config) {
  const std::int64_t outputs = config.algorithm;
  const std::int64_t rows = std::max<std::int64_t>((dst[1] + outputs - 1) / outputs, 1);
  const std::int64_t columns = (dst[2] + outputs - 1) / outputs;
  const std::int64_t block =
      config.block_rows == 0 ? rows : std::min<std::int64_t>(config.block_rows, rows);
  const std::int64_t blocks = (rows + block - 1) / block;
  return {outputs + 2, dst[0] * rows * columns, block * columns, dst[0] * blocks};
}

double transform_seconds(const Tiles& tiles, double channels, std::int32_t lanes,
                         const tuner::DeviceParameters& device) {
  const tuner::VectorRate& rate = tuner::vector_rate(device, lanes);
  const auto n = static_cast<double>(tiles.inputs);
  const double vectors = static_cast<double>(tiles.count) * channels / lanes;
  const double cycles = kTransformOps * n * n * n * vectors / rate.fma_per_cycle;
  const double bytes = 2 * 4 * n * n * static_cast<double>(tiles.count) * channels;
  const double block_bytes = 4 * n * n * static_cast<double>(tiles.per_block) * channels;
  return cycles / device.clock_hz + bytes / tuner::bytes_per_second(device, block_bytes);
}

}  // namespace

std::optional<double> winograd_log_seconds(const ProgramOp& op, const KernelChoice& choice,
                                           const tuner::DeviceParameters& device) {
  if (choice.kernel->family != "winograd") return std::nullopt;
  const Shape& dst = op.dst.spec.shape;
  const std::int64_t groups = std::get_if<Conv2d>(&op.op)->groups;
  const std::int64_t channels = op.src[0].spec.shape.last() / groups;
  const std::int64_t columns = dst.last() / groups;
  const Tiles tiles = tiles_of(dst, choice.config);
  const std::int64_t planes = tiles.inputs * tiles.inputs;
  const kernels::Tile& tile = choice.kernel->tile;
  const tuner::DotTiling tiling{
      .mr = tile.mr,
      .nr = tile.nr,
      .lanes = tile.lanes,
      .mc = tiles.per_block,
      .nc = columns,
      .kc = choice.config.block_depth == 0 ? channels : choice.config.block_depth};
  const double product =
      std::exp(tuner::dot_log_seconds({tiles.count, columns, channels}, tiling, device));
  const double weight_bytes = 4.0 * static_cast<double>(planes * channels * columns);
  const double weights = weight_bytes * static_cast<double>(tiles.blocks) /
                         tuner::bytes_per_second(device, weight_bytes);
  const double seconds =
      static_cast<double>(planes) * product + weights +
      transform_seconds(tiles, static_cast<double>(channels + columns), tile.lanes, device);
  const double handicap = tiles.inputs == kLargeTile ? kLargeTileHandicap : 1;
  return std::log(handicap * static_cast<double>(groups) * seconds);
}

}  // namespace tilewright
