// SPDX-License-Identifier: Apache-2.0
// Images of other extents: Resize, Upsample, DepthToSpace, SpaceToDepth.
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "lib/import/onnx_layout.h"
#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

constexpr std::int64_t kMaxExtent = std::numeric_limits<std::int32_t>::max();

Result<ResizeMode> read_mode(const NodeImport& node) {
  TILEWRIGHT_TRY(const std::string mode, node.text("mode", "nearest"));
  if (mode == "nearest") return ResizeMode::Nearest;
  if (mode == "linear" || mode == "bilinear") return ResizeMode::Bilinear;
  return node.unsupported_attribute("mode", "expected nearest or linear, got '" + mode + "'");
}

Result<ResizeCoordinates> read_coordinates(const NodeImport& node) {
  constexpr std::string_view kName = "coordinate_transformation_mode";
  TILEWRIGHT_TRY(const std::string mode, node.text(kName, "half_pixel"));
  if (mode == "half_pixel") return ResizeCoordinates::HalfPixel;
  if (mode == "pytorch_half_pixel") return ResizeCoordinates::PytorchHalfPixel;
  if (mode == "asymmetric") return ResizeCoordinates::Asymmetric;
  if (mode == "align_corners") return ResizeCoordinates::AlignCorners;
  return node.unsupported_attribute(
      kName,
      "expected half_pixel, pytorch_half_pixel, asymmetric or align_corners, got '" + mode + "'");
}

Result<ResizeRounding> read_rounding(const NodeImport& node) {
  TILEWRIGHT_TRY(const std::string mode, node.text("nearest_mode", "round_prefer_floor"));
  if (mode == "round_prefer_floor") return ResizeRounding::RoundPreferFloor;
  if (mode == "round_prefer_ceil") return ResizeRounding::RoundPreferCeil;
  if (mode == "floor") return ResizeRounding::Floor;
  if (mode == "ceil") return ResizeRounding::Ceil;
  return node.unsupported_attribute("nearest_mode",
                                    "expected a known rounding, got '" + mode + "'");
}

Status check_other_attributes(const NodeImport& node) {
  TILEWRIGHT_TRY(const bool antialias, node.flag("antialias", false));
  if (antialias) return node.unsupported_attribute("antialias", "expected 0, got 1");
  if (node.attribute("axes") != nullptr) {
    return node.unsupported_attribute("axes", "expected all dimensions, got some");
  }
  TILEWRIGHT_TRY(const std::string policy, node.text("keep_aspect_ratio_policy", "stretch"));
  if (policy != "stretch") {
    return node.unsupported_attribute("keep_aspect_ratio_policy",
                                      "expected stretch, got '" + policy + "'");
  }
  return ok();
}

Status check_extent(const NodeImport& node, double extent) {
  if (extent >= 1 && extent <= static_cast<double>(kMaxExtent)) return ok();
  return node.invalid("expected output extents from 1 to " + std::to_string(kMaxExtent) +
                      ", got another");
}

/// `factors` are one per dimension; those of batch and channels must leave them alone.
Status apply_scales(const NodeImport& node, const std::vector<double>& scales, Resize2d& op) {
  const Shape& x = node.input(0).shape;
  if (scales.size() != 4) {
    return node.invalid("'scales': expected 4 numbers, got " + std::to_string(scales.size()));
  }
  if (scales[0] != 1 || scales[1] != 1) {
    return node.unsupported("'scales': expected 1 for batch and channels, got others");
  }
  const double out_h = std::floor(static_cast<double>(x[2]) * scales[2]);
  const double out_w = std::floor(static_cast<double>(x[3]) * scales[3]);
  TILEWRIGHT_RETURN_IF_ERROR(check_extent(node, out_h));
  TILEWRIGHT_RETURN_IF_ERROR(check_extent(node, out_w));
  op.out_h = static_cast<std::int32_t>(out_h);
  op.out_w = static_cast<std::int32_t>(out_w);
  // out / in is the scale, unless rounding down changed it.
  const bool exact_h = out_h == static_cast<double>(x[2]) * scales[2];
  const bool exact_w = out_w == static_cast<double>(x[3]) * scales[3];
  op.scale_h = exact_h ? 0 : static_cast<float>(scales[2]);
  op.scale_w = exact_w ? 0 : static_cast<float>(scales[3]);
  return ok();
}

Status apply_sizes(const NodeImport& node, const std::vector<std::int64_t>& sizes, Resize2d& op) {
  const Shape& x = node.input(0).shape;
  if (sizes.size() != 4) {
    return node.invalid("'sizes': expected 4 numbers, got " + std::to_string(sizes.size()));
  }
  if (sizes[0] != x[0] || sizes[1] != x[1]) {
    return node.unsupported("'sizes': expected batch and channels as they are, got others");
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_extent(node, static_cast<double>(sizes[2])));
  TILEWRIGHT_RETURN_IF_ERROR(check_extent(node, static_cast<double>(sizes[3])));
  op.out_h = static_cast<std::int32_t>(sizes[2]);
  op.out_w = static_cast<std::int32_t>(sizes[3]);
  return ok();
}

Status check_image(const NodeImport& node) {
  const Shape& shape = node.input(0).shape;
  if (shape.rank() == 4) return ok();
  return node.unsupported("expected an image of 4 dimensions, got shape " + to_string(shape));
}

/// Scales that are operand `i`; empty if it is absent or has no elements.
Result<std::vector<double>> scales_at(const NodeImport& node, std::size_t i) {
  if (!node.has_input(i)) return std::vector<double>();
  TILEWRIGHT_TRY(const Tensor* tensor, node.constant(i, "scales"));
  return reals(*tensor);
}

Result<Outputs> emit_resize(NodeImport& node, const Resize2d& op) {
  const Shape& x = node.input(0).shape;
  if (op.out_h == x[2] && op.out_w == x[3]) return one(node.input(0));
  return one(emit_channels_last(node, op, node.input(0)));
}

/// Operator sets up to 10: only x and scales, and coordinates o / scale rounded down.
Result<Outputs> resize_by_scales(NodeImport& node, const std::vector<double>& scales) {
  TILEWRIGHT_RETURN_IF_ERROR(check_image(node));
  Resize2d op{.coordinates = ResizeCoordinates::Asymmetric, .rounding = ResizeRounding::Floor};
  TILEWRIGHT_TRY(op.mode, read_mode(node));
  TILEWRIGHT_RETURN_IF_ERROR(apply_scales(node, scales, op));
  return emit_resize(node, op);
}

Result<std::int32_t> read_block(const NodeImport& node) {
  TILEWRIGHT_TRY(const std::int64_t block, node.integer("blocksize", 0));
  if (block < 1 || block > kMaxExtent) {
    return node.invalid("attribute 'blocksize': expected at least 1, got " + std::to_string(block));
  }
  return static_cast<std::int32_t>(block);
}

}  // namespace

Result<Outputs> import_resize(NodeImport& node) {
  if (node.opset() < 11) {
    TILEWRIGHT_TRY(const std::vector<double> scales, scales_at(node, 1));
    return resize_by_scales(node, scales);
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_image(node));
  Resize2d op;
  if (node.has_input(3)) {
    TILEWRIGHT_TRY(const std::vector<std::int64_t> sizes, node.constant_integers(3, "sizes"));
    TILEWRIGHT_RETURN_IF_ERROR(apply_sizes(node, sizes, op));
  } else {
    TILEWRIGHT_TRY(const std::vector<double> scales, scales_at(node, 2));
    TILEWRIGHT_RETURN_IF_ERROR(apply_scales(node, scales, op));
  }
  TILEWRIGHT_TRY(op.mode, read_mode(node));
  TILEWRIGHT_TRY(op.coordinates, read_coordinates(node));
  TILEWRIGHT_TRY(op.rounding, read_rounding(node));
  TILEWRIGHT_RETURN_IF_ERROR(check_other_attributes(node));
  return emit_resize(node, op);
}

Result<Outputs> import_upsample(NodeImport& node) {
  TILEWRIGHT_TRY(std::vector<double> scales, scales_at(node, 1));
  const AttributeProto* attribute = node.attribute("scales");
  if (attribute != nullptr) scales.assign(attribute->floats.begin(), attribute->floats.end());
  return resize_by_scales(node, scales);
}

Result<Outputs> import_depth_to_space(NodeImport& node) {
  DepthToSpace op;
  TILEWRIGHT_TRY(op.block, read_block(node));
  TILEWRIGHT_TRY(const std::string mode, node.text("mode", "DCR"));
  if (mode != "DCR" && mode != "CRD") {
    return node.invalid("attribute 'mode': expected DCR or CRD, got '" + mode + "'");
  }
  op.order = mode == "DCR" ? DepthOrder::BlockFirst : DepthOrder::ChannelFirst;
  return one(emit_channels_last(node, op, node.input(0)));
}

Result<Outputs> import_space_to_depth(NodeImport& node) {
  TILEWRIGHT_TRY(const std::int32_t block, read_block(node));
  return one(emit_channels_last(node, SpaceToDepth{block}, node.input(0)));
}

}  // namespace tilewright::importer::onnx
