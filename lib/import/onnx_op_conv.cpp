// SPDX-License-Identifier: Apache-2.0
// Convolutions. ONNX's filters are o, i, kh, kw (transposed convolutions: i, o, kh, kw) and become
// those of ops.h.
#include <limits>
#include <utility>
#include <vector>

#include "lib/import/onnx_layout.h"
#include "lib/import/onnx_ops.h"
#include "lib/import/onnx_window.h"

namespace tilewright::importer::onnx {
namespace {

/// The operands as images, the group count, and where windows stand.
struct ConvOperands {
  Operand x;       // n, c, h, w
  Operand filter;  // the file's order, 4 dimensions, constant
  std::int64_t groups = 1;
  SpatialAttributes spatial;
};

Result<ConvOperands> read_operands(NodeImport& node) {
  ConvOperands operands;
  const int rank = node.input(0).shape.rank();
  TILEWRIGHT_TRY(operands.x, as_image(node, node.input(0)));
  if (node.input(1).shape.rank() != rank) {
    return node.invalid("input 'W': expected " + std::to_string(rank) + " dimensions, got shape " +
                        to_string(node.input(1).shape));
  }
  TILEWRIGHT_TRY(operands.filter, as_image(node, node.input(1)));
  TILEWRIGHT_TRY(operands.groups, node.integer("group", 1));
  const Shape& filter = operands.filter.shape;
  if (filter[2] < 1 || filter[3] < 1) {
    return node.invalid("input 'W': expected a kernel of at least 1x1, got shape " +
                        to_string(filter));
  }
  TILEWRIGHT_TRY(operands.spatial, read_spatial(node, rank, {filter[2], filter[3]}));
  return operands;
}

/// Input channels are `groups` times those of a filter; both channel counts divide by the groups.
Status check_groups(const NodeImport& node, const ConvOperands& operands,
                    std::int64_t out_channels) {
  const std::int64_t channels = operands.x.shape[1];
  const std::int64_t groups = operands.groups;
  if (groups < 1 || groups > std::numeric_limits<std::int32_t>::max() || channels % groups != 0 ||
      out_channels % groups != 0) {
    return node.invalid("attribute 'group': expected a divisor of " + std::to_string(channels) +
                        " input and " + std::to_string(out_channels) + " output channels, got " +
                        std::to_string(groups));
  }
  return ok();
}

/// The filter with dimension i of the result being dimension perm[i].
Result<Operand> permuted(NodeImport& node, const Operand& filter, const Transpose& op) {
  TILEWRIGHT_TRY(const Tensor* constant, node.constant(1, "W"));
  static_cast<void>(constant);
  return node.emit(op, {filter}, "filter");
}

Result<Operand> bias_of(NodeImport& node, std::int64_t channels) {
  if (!node.has_input(2)) {
    const Operand& x = node.input(0);
    const std::int64_t bytes = channels * size_bytes(x.dtype);
    TILEWRIGHT_RETURN_IF_ERROR(node.reserve(bytes));
    std::vector<std::byte> zeros(static_cast<std::size_t>(bytes));
    return node.make_constant(make_tensor(x.dtype, {channels}, std::move(zeros)), "bias");
  }
  TILEWRIGHT_TRY(const Tensor* constant, node.constant(2, "B"));
  if (constant->shape != Shape{channels}) {
    return node.invalid("input 'B': expected shape " + std::to_string(channels) + ", got " +
                        to_string(constant->shape));
  }
  return node.input(2);
}

/// Each input channel with filters of its own.
Result<Operand> emit_depthwise(NodeImport& node, const ConvOperands& operands,
                               const Operand& bias) {
  const Shape& shape = operands.filter.shape;
  TILEWRIGHT_TRY(const Operand swapped, permuted(node, operands.filter, {{2, 3, 0, 1}}));
  TILEWRIGHT_TRY(const Operand filter,
                 node.emit(Reshape{{shape[2], shape[3], shape[0]}}, {swapped}, "filter"));
  const DepthwiseConv2d op{.window = window_of(operands.spatial)};
  return emit_channels_last(node, op, operands.x, {filter, bias});
}

Result<Operand> emit_grouped(NodeImport& node, const ConvOperands& operands, const Operand& bias) {
  TILEWRIGHT_TRY(const Operand filter, permuted(node, operands.filter, {{0, 2, 3, 1}}));
  const Conv2d op{.window = window_of(operands.spatial),
                  .groups = static_cast<std::int32_t>(operands.groups)};
  return emit_channels_last(node, op, operands.x, {filter, bias});
}

/// Pads of a transposed convolution out of the output extent it shall have.
Status resolve_output_extent(const NodeImport& node, SpatialAttributes& spatial, std::size_t axis,
                             std::int64_t natural, std::int64_t wanted) {
  const std::int64_t total = natural - wanted;
  if (total < 0) {
    return node.unsupported_attribute("output_shape", "expected extents of at most " +
                                                          std::to_string(natural) + ", got " +
                                                          std::to_string(wanted));
  }
  const bool upper = spatial.auto_pad == AutoPad::SameUpper;
  spatial.pads_begin[axis] = upper ? total / 2 : total - total / 2;
  spatial.pads_end[axis] = total - spatial.pads_begin[axis];
  return ok();
}

Result<std::array<std::int64_t, 2>> read_output_padding(NodeImport& node, std::size_t count) {
  std::array<std::int64_t, 2> padding{0, 0};
  TILEWRIGHT_TRY(const auto list, node.integers("output_padding"));
  if (!list) return padding;
  if (list->size() != count) {
    return node.invalid("attribute 'output_padding': expected " + std::to_string(count) +
                        " numbers, got " + std::to_string(list->size()));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if ((*list)[i] < 0 || (*list)[i] > std::numeric_limits<std::int32_t>::max()) {
      return node.invalid(
          "attribute 'output_padding': expected numbers of at least 0 and 32 bits, "
          "got " +
          std::to_string((*list)[i]));
    }
    padding[2 - count + i] = (*list)[i];
  }
  return padding;
}

/// Sets the pads that follow from output_shape or auto_pad.
Status resolve_transposed_pads(NodeImport& node, ConvOperands& operands, std::size_t count,
                               const std::array<std::int64_t, 2>& output_padding) {
  SpatialAttributes& spatial = operands.spatial;
  TILEWRIGHT_TRY(const auto output_shape, node.integers("output_shape"));
  const bool same =
      spatial.auto_pad == AutoPad::SameUpper || spatial.auto_pad == AutoPad::SameLower;
  if (!output_shape && !same) return ok();
  // Some exporters write batch and channels too.
  if (output_shape && output_shape->size() != count && output_shape->size() != count + 2) {
    return node.invalid("attribute 'output_shape': expected " + std::to_string(count) +
                        " numbers, got " + std::to_string(output_shape->size()));
  }
  for (std::size_t axis = 2 - count; axis < 2; ++axis) {
    const std::int64_t extent = operands.x.shape[static_cast<int>(axis) + 2];
    const std::int64_t natural =
        (extent - 1) * spatial.strides[axis] + spatial.reach(axis) + output_padding[axis];
    const std::int64_t wanted = output_shape ? (*output_shape)[output_shape->size() - 2 + axis]
                                             : extent * spatial.strides[axis];
    TILEWRIGHT_RETURN_IF_ERROR(resolve_output_extent(node, spatial, axis, natural, wanted));
  }
  return ok();
}

}  // namespace

Result<Outputs> import_conv(NodeImport& node) {
  TILEWRIGHT_TRY(ConvOperands operands, read_operands(node));
  const Shape& filter = operands.filter.shape;
  TILEWRIGHT_RETURN_IF_ERROR(check_groups(node, operands, filter[0]));
  const std::int64_t channels = operands.x.shape[1];
  if (filter[1] != channels / operands.groups) {
    return node.invalid("input 'W': expected " + std::to_string(channels / operands.groups) +
                        " channels a group, got shape " + to_string(filter));
  }
  resolve_auto_pad(operands.spatial, operands.x.shape);
  TILEWRIGHT_TRY(const Operand bias, bias_of(node, filter[0]));
  const bool depthwise = operands.groups == channels && channels > 1;
  TILEWRIGHT_TRY(const Operand y, depthwise ? emit_depthwise(node, operands, bias)
                                            : emit_grouped(node, operands, bias));
  return one(from_image(node, y, node.input(0).shape.rank()));
}

Result<Outputs> import_conv_transpose(NodeImport& node) {
  TILEWRIGHT_TRY(ConvOperands operands, read_operands(node));
  const Shape& filter = operands.filter.shape;
  TILEWRIGHT_RETURN_IF_ERROR(check_groups(node, operands, operands.groups));
  if (filter[0] != operands.x.shape[1]) {
    return node.invalid("input 'W': expected " + std::to_string(operands.x.shape[1]) +
                        " input channels, got shape " + to_string(filter));
  }
  const int rank = node.input(0).shape.rank();
  const auto count = static_cast<std::size_t>(rank - 2);
  TILEWRIGHT_TRY(const auto output_padding, read_output_padding(node, count));
  TILEWRIGHT_RETURN_IF_ERROR(resolve_transposed_pads(node, operands, count, output_padding));
  if (operands.groups != 1) {
    return node.unsupported_attribute("group",
                                      "expected 1, got " + std::to_string(operands.groups));
  }
  TILEWRIGHT_TRY(const Operand bias, bias_of(node, filter[1]));
  TILEWRIGHT_TRY(const Operand ohwi, permuted(node, operands.filter, {{1, 2, 3, 0}}));
  const ConvTranspose2d op{.window = window_of(operands.spatial),
                           .output_pad_h = static_cast<std::int32_t>(output_padding[0]),
                           .output_pad_w = static_cast<std::int32_t>(output_padding[1])};
  TILEWRIGHT_TRY(const Operand y, emit_channels_last(node, op, operands.x, {ohwi, bias}));
  return one(from_image(node, y, rank));
}

}  // namespace tilewright::importer::onnx
