// SPDX-License-Identifier: Apache-2.0
// The attributes that place the windows of convolutions and pools: kernel_shape, strides,
// dilations, pads, auto_pad.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tilewright/ops.h"
#include "tilewright/status.h"
#include "tilewright/tensor.h"

#include "lib/import/onnx_node.h"

namespace tilewright::importer::onnx {

enum class AutoPad : std::uint8_t { NotSet, Valid, SameUpper, SameLower };

/// Rows first, then columns; for sequences the row entries are those of a window of one row.
struct SpatialAttributes {
  std::array<std::int64_t, 2> kernel{1, 1}, strides{1, 1}, dilations{1, 1};
  std::array<std::int64_t, 2> pads_begin{0, 0}, pads_end{0, 0};
  AutoPad auto_pad = AutoPad::NotSet;

  /// Cells from a window's first to its last, along axis 0 (rows) or 1.
  [[nodiscard]] std::int64_t reach(std::size_t axis) const {
    return (kernel[axis] - 1) * dilations[axis] + 1;
  }
};

/// `rank` is that of the node's own x. `kernel` is what the filter says; a kernel_shape attribute
/// must agree. Without a filter (all 0) the attribute must be there. Errors: InvalidModel; numbers
/// beyond 32 bits are InvalidModel too.
[[nodiscard]] Result<SpatialAttributes> read_spatial(NodeImport& node, int rank,
                                                     std::array<std::int64_t, 2> kernel);

/// Sets the pads that `auto_pad` asks for on an image n, c, h, w; leaves those of NotSet.
void resolve_auto_pad(SpatialAttributes& spatial, const Shape& image);

[[nodiscard]] Window window_of(const SpatialAttributes& spatial);

}  // namespace tilewright::importer::onnx
