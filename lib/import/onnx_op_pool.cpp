// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <utility>

#include "lib/import/onnx_layout.h"
#include "lib/import/onnx_ops.h"
#include "lib/import/onnx_window.h"

namespace tilewright::importer::onnx {
namespace {

/// Cells beyond the last whole window that ceil_mode adds at the end. A window that would begin in
/// the padding at the end does not count.
std::int64_t ceil_padding(const SpatialAttributes& spatial, std::size_t axis, std::int64_t extent) {
  const std::int64_t padded = extent + spatial.pads_begin[axis] + spatial.pads_end[axis];
  const std::int64_t free_cells = padded - spatial.reach(axis);
  const std::int64_t stride = spatial.strides[axis];
  if (free_cells < 0 || free_cells % stride == 0) return 0;
  const std::int64_t last_begin = (free_cells / stride + 1) * stride;
  if (last_begin >= extent + spatial.pads_begin[axis]) return 0;
  return last_begin - free_cells;
}

Status check_pool(NodeImport& node, const SpatialAttributes& spatial) {
  if (spatial.dilations != std::array<std::int64_t, 2>{1, 1}) {
    return node.unsupported_attribute("dilations", "expected 1, got " +
                                                       std::to_string(spatial.dilations[0]) + "x" +
                                                       std::to_string(spatial.dilations[1]));
  }
  return ok();
}

/// Extends the pads at the end as ceil_mode says.
Status apply_ceil_mode(NodeImport& node, SpatialAttributes& spatial, const Shape& image,
                       bool count_include_pad) {
  TILEWRIGHT_TRY(const bool ceil_mode, node.flag("ceil_mode", false));
  if (!ceil_mode) return ok();
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t added = ceil_padding(spatial, axis, image[static_cast<int>(axis) + 2]);
    // The divisor would count cells that ONNX does not.
    if (added > 0 && count_include_pad) {
      return node.unsupported_attribute("ceil_mode", "expected 0 with count_include_pad, got 1");
    }
    spatial.pads_end[axis] += added;
  }
  return ok();
}

}  // namespace

Result<Outputs> import_pool(NodeImport& node, PoolKind kind) {
  const int rank = node.input(0).shape.rank();
  TILEWRIGHT_TRY(const Operand x, as_image(node, node.input(0)));
  std::array<std::int64_t, 2> no_filter{1, 0};
  TILEWRIGHT_TRY(SpatialAttributes spatial, read_spatial(node, rank, no_filter));
  resolve_auto_pad(spatial, x.shape);
  TILEWRIGHT_TRY(const bool count_include_pad, node.flag("count_include_pad", false));
  TILEWRIGHT_RETURN_IF_ERROR(apply_ceil_mode(node, spatial, x.shape, count_include_pad));
  TILEWRIGHT_RETURN_IF_ERROR(check_pool(node, spatial));
  const Pool2d op{.kind = kind,
                  .kernel_h = static_cast<std::int32_t>(spatial.kernel[0]),
                  .kernel_w = static_cast<std::int32_t>(spatial.kernel[1]),
                  .window = window_of(spatial),
                  .count_include_pad = count_include_pad};
  TILEWRIGHT_TRY(const Operand y, emit_channels_last(node, op, x));
  return one(from_image(node, y, rank));
}

Result<Outputs> import_global_pool(NodeImport& node, ReduceKind kind) {
  const Operand& x = node.input(0);
  const int rank = x.shape.rank();
  if (rank < 3) {
    return node.invalid("expected at least 1 spatial dimension, got shape " + to_string(x.shape));
  }
  Reduce op{.kind = kind, .axes = 0, .keep_dims = true};
  for (int axis = 1; axis < rank - 1; ++axis)
    op.axes |= std::uint32_t{1} << axis;
  return one(emit_channels_last(node, op, x));
}

}  // namespace tilewright::importer::onnx
