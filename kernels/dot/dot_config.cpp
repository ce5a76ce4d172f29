// SPDX-License-Identifier: Apache-2.0
#include "kernels/dot/dot_config.h"

#include <algorithm>

namespace tilewright::kernels {
namespace {

/// Bytes of input per block that leave room in a second-level cache of 512 KiB or 1 MiB, and what
/// fits one of 256 KiB.
constexpr std::int64_t kSmallBlockBytes = 96 * 1024;
constexpr std::int64_t kBlockBytes[] = {256 * 1024, kSmallBlockBytes};
/// Images, and what is little more.
constexpr std::int64_t kFewChannels = 8;
/// Elements of the innermost reduction per call: a panel of 32 columns then fits a first-level
/// cache of 32 KiB.
constexpr std::int64_t kBlockDepth = 256;
/// Weights that a second-level cache of 512 KiB does not hold.
constexpr std::int64_t kLargeBytes = 512 * 1024;
/// Bytes of weights per block of columns, of which it holds one beside the smaller block of rows.
constexpr std::int64_t kColumnBlockBytes = 256 * 1024;
/// More scratch than this is no sane configuration.
constexpr std::int64_t kMaxScratchFloats = std::int64_t{1} << 28;

/// Floats of input per unit of `block_rows`.
std::int64_t floats_per_block_row(const DotGeometry& geometry, const DotVariant& variant,
                                  DotInput input) {
  if (input == DotInput::Strip) return dot_strip(geometry, variant.mr).h_stride * geometry.stride_h;
  if (input == DotInput::InPlace && !geometry.is_pointwise())
    return geometry.src_w * geometry.channels * geometry.groups * geometry.stride_h;
  return variant.mr * geometry.depth();
}

/// Distinct numbers of rows per block, the likely best first; 0 if one block holds all.
std::vector<std::int32_t> row_blocks(const DotGeometry& geometry, const DotVariant& variant,
                                     DotInput input) {
  const KernelConfig config{.algorithm = static_cast<std::int32_t>(input)};
  const std::int64_t all = works_by_image_row(geometry, config)
                               ? geometry.dst_h
                               : (geometry.rows() + variant.mr - 1) / variant.mr;
  const std::int64_t unit_bytes = floats_per_block_row(geometry, variant, input) * 4;
  std::vector<std::int32_t> blocks;
  for (const std::int64_t bytes : kBlockBytes) {
    const std::int64_t block =
        std::max<std::int64_t>(bytes / std::max<std::int64_t>(unit_bytes, 1), 1);
    const auto value = static_cast<std::int32_t>(block >= all ? 0 : block);
    if (std::find(blocks.begin(), blocks.end(), value) == blocks.end()) blocks.push_back(value);
  }
  // Of a large image with few channels, what a line of tiles reads can stay in the first-level
  // cache.
  if (input == DotInput::Strip && geometry.channels < kFewChannels && blocks.back() > 1)
    blocks.push_back(1);
  // Without copies a block costs nothing, so all rows at once are worth a try.
  if (input == DotInput::InPlace && blocks.front() != 0) blocks.push_back(0);
  return blocks;
}

/// Where neither matrix fits the cache and the weights are the smaller one: all rows meet a block
/// of columns before the next. Rows that are copied would be copied again for each block.
void add_columns_first(const DotGeometry& geometry, const DotVariant& variant,
                       std::vector<KernelConfig>& configs) {
  const std::int64_t depth_bytes = geometry.depth() * 4;
  if (!geometry.is_pointwise() || geometry.groups > 1) return;
  if (geometry.columns * depth_bytes < kLargeBytes || geometry.rows() < geometry.columns) return;
  const auto block = [](std::int64_t bytes, std::int64_t unit_bytes) {
    return static_cast<std::int32_t>(std::max<std::int64_t>(bytes / unit_bytes, 1));
  };
  const std::int32_t columns = block(kColumnBlockBytes, variant.nr * depth_bytes);
  if (columns >= panel_count(geometry.columns, variant)) return;
  configs.push_back({.algorithm = static_cast<std::int32_t>(DotInput::InPlace),
                     .block_rows = block(kSmallBlockBytes, variant.mr * depth_bytes),
                     .block_columns = columns});
}

}  // namespace

std::vector<DotInput> dot_inputs(const DotGeometry& geometry, const DotVariant& variant) {
  if (geometry.channels % variant.depth != 0) return {};
  if (variant.src_row != 0) {
    const std::int64_t row = dot_strip(geometry, variant.mr).w_stride * geometry.stride_w;
    if (geometry.is_pointwise() || row != variant.src_row) return {};
    return {DotInput::Strip};
  }
  if (geometry.is_pointwise()) return {DotInput::InPlace, DotInput::Gathered};
  if (geometry.stays_inside()) return {DotInput::Gathered, DotInput::InPlace, DotInput::Strip};
  return {DotInput::Gathered, DotInput::Strip};
}

std::vector<KernelConfig> dot_configs(const DotGeometry& geometry, const DotVariant& variant) {
  std::vector<KernelConfig> configs;
  for (const DotInput input : dot_inputs(geometry, variant)) {
    const std::int64_t depth = input == DotInput::Gathered ? geometry.depth() : geometry.channels;
    for (const std::int32_t rows : row_blocks(geometry, variant, input)) {
      KernelConfig config{.algorithm = static_cast<std::int32_t>(input), .block_rows = rows};
      configs.push_back(config);
      if (depth < 2 * kBlockDepth || variant.add == nullptr) continue;
      config.block_depth = kBlockDepth;
      configs.push_back(config);
    }
    if (input == DotInput::InPlace) add_columns_first(geometry, variant, configs);
  }
  return configs;
}

bool dot_config_ok(const DotGeometry& geometry, const DotVariant& variant,
                   const KernelConfig& config) {
  const std::vector<DotInput> inputs = dot_inputs(geometry, variant);
  const auto input = static_cast<DotInput>(config.algorithm);
  if (std::find(inputs.begin(), inputs.end(), input) == inputs.end()) return false;
  if (config.block_depth > 0 && variant.add == nullptr) return false;
  if (config.block_depth % variant.depth != 0) return false;
  if (config.block_rows < 0 || config.block_columns < 0 || config.block_depth < 0) return false;
  return job_scratch_floats(geometry, variant, config) <= kMaxScratchFloats;
}

}  // namespace tilewright::kernels
