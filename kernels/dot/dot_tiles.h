// SPDX-License-Identifier: Apache-2.0
// Tiles of rows times panels of columns, whole and partial, by one generated kernel.
#pragma once

#include "kernels/dot/dot_panels.h"

namespace tilewright::kernels {

/// `tiles` tiles of `rows` rows each. The reduction runs over k1 dense elements, k2 and k3. If
/// `rows` is less than the kernel's mr, src must still be readable for mr rows.
struct DotTiles {
  std::int64_t tiles = 0;
  std::int64_t rows = 0;
  const float* src = nullptr;
  std::int64_t src_row = 0, src_tile = 0;  // elements from a row, or tile, to the next
  std::int64_t k1 = 0, k2 = 1, k3 = 1;
  std::int64_t k2_stride = 0, k3_stride = 0;
  float* dst = nullptr;
  std::int64_t dst_row = 0, dst_tile = 0;
  const float* addend = nullptr;  // added before the clamp; may be null, or dst
  std::int64_t addend_row = 0, addend_tile = 0;
};

/// How deep one call of the generated kernel is, and where its weights come from.
struct DotBlocking {
  std::int64_t k1;      // elements of k1
  bool is_far = false;  // the weights: see `are_far`
};

/// Whether so many floats of weights, all that a layer has, will have left a second-level cache of
/// 512 KiB until the next inference.
[[nodiscard]] inline bool are_far(std::int64_t weight_floats) {
  return weight_floats * static_cast<std::int64_t>(sizeof(float)) >= 256 * 1024;
}

/// Floats of scratch that `multiply_tiles` needs.
[[nodiscard]] inline std::int64_t tile_scratch_floats(const DotVariant& variant) {
  return std::int64_t{variant.mr} * variant.nr;
}

/// dst = clamp(bias + addend + src * weights) for `columns` of the group's, which begin at a panel.
/// Each element is summed in the same order wherever it lies, so the bits do not depend on how rows
/// are grouped into tiles, nor on which columns are asked for.
void multiply_tiles(const DotVariant& variant, const DotTiles& tiles, const DotPanels& panels,
                    ColumnRange columns, const DotBlocking& blocking, const DotEpilogue& epilogue,
                    float* tile_scratch);

}  // namespace tilewright::kernels
