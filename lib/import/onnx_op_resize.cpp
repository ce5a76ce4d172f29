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

/// The dimensions that are resized: those of n, c, h, w, or of n, h, w, c.
struct ResizedAxes {
  std::size_t h = 2, w = 3;
};

/// Numbers that are one per dimension, or per entry of `axes`, as one per dimension. The others
/// are `rest`.
Result<std::vector<double>> per_dimension(const NodeImport& node, std::string_view name,
                                          const std::vector<double>& numbers,
                                          std::vector<double> rest) {
  TILEWRIGHT_TRY(const auto axes, node.integers("axes"));
  const std::size_t count = axes ? axes->size() : rest.size();
  if (numbers.size() != count) {
    return node.invalid("'" + std::string(name) + "': expected " + std::to_string(count) +
                        " numbers, got " + std::to_string(numbers.size()));
  }
  if (!axes) return numbers;
  for (std::size_t i = 0; i < count; ++i) {
    TILEWRIGHT_TRY(const int axis, node.checked_axis((*axes)[i], static_cast<int>(rest.size())));
    rest[static_cast<std::size_t>(axis)] = numbers[i];
  }
  return rest;
}

/// The dimensions that differ from `same`, which must be two that an image has.
Result<ResizedAxes> resized_axes(const NodeImport& node, const std::vector<double>& numbers,
                                 const std::vector<double>& same, const std::string& expected) {
  const bool channels_last = numbers[1] != same[1] && numbers[3] == same[3];
  const ResizedAxes axes = channels_last ? ResizedAxes{1, 2} : ResizedAxes{};
  if (numbers[0] == same[0] && (channels_last || numbers[1] == same[1])) return axes;
  return node.unsupported(expected);
}

/// `scales` are one per dimension; those of batch and channels must leave them alone.
Result<ResizedAxes> apply_scales(const NodeImport& node, const std::vector<double>& scales,
                                 Resize2d& op) {
  const Shape& x = node.input(0).shape;
  const std::vector<double> ones(4, 1);
  TILEWRIGHT_TRY(const std::vector<double> all, per_dimension(node, "scales", scales, ones));
  TILEWRIGHT_TRY(
      const ResizedAxes axes,
      resized_axes(node, all, ones, "'scales': expected 1 for batch and channels, got others"));
  const double exact_h = static_cast<double>(x[static_cast<int>(axes.h)]) * all[axes.h];
  const double exact_w = static_cast<double>(x[static_cast<int>(axes.w)]) * all[axes.w];
  TILEWRIGHT_RETURN_IF_ERROR(check_extent(node, std::floor(exact_h)));
  TILEWRIGHT_RETURN_IF_ERROR(check_extent(node, std::floor(exact_w)));
  op.out_h = static_cast<std::int32_t>(std::floor(exact_h));
  op.out_w = static_cast<std::int32_t>(std::floor(exact_w));
  // out / in is the scale, unless rounding down changed it.
  op.scale_h = exact_h == op.out_h ? 0 : static_cast<float>(all[axes.h]);
  op.scale_w = exact_w == op.out_w ? 0 : static_cast<float>(all[axes.w]);
  return axes;
}

Result<ResizedAxes> apply_sizes(const NodeImport& node, const std::vector<std::int64_t>& sizes,
                                Resize2d& op) {
  const Shape& x = node.input(0).shape;
  const std::vector<double> same(x.dims().begin(), x.dims().end());
  TILEWRIGHT_TRY(const std::vector<double> all,
                 per_dimension(node, "sizes", {sizes.begin(), sizes.end()}, same));
  TILEWRIGHT_TRY(const ResizedAxes axes,
                 resized_axes(node, all, same,
                              "'sizes': expected batch and channels as they are, got others"));
  TILEWRIGHT_RETURN_IF_ERROR(check_extent(node, all[axes.h]));
  TILEWRIGHT_RETURN_IF_ERROR(check_extent(node, all[axes.w]));
  op.out_h = static_cast<std::int32_t>(all[axes.h]);
  op.out_w = static_cast<std::int32_t>(all[axes.w]);
  return axes;
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

Result<Outputs> emit_resize(NodeImport& node, const Resize2d& op, ResizedAxes axes) {
  const Operand& x = node.input(0);
  const bool same_h = op.out_h == x.shape[static_cast<int>(axes.h)];
  if (same_h && op.out_w == x.shape[static_cast<int>(axes.w)]) return one(x);
  return one(axes.h == 1 ? node.emit(op, {x}) : emit_channels_last(node, op, x));
}

/// Operator sets up to 10: only x and scales, and coordinates o / scale rounded down.
Result<Outputs> resize_by_scales(NodeImport& node, const std::vector<double>& scales) {
  TILEWRIGHT_RETURN_IF_ERROR(check_image(node));
  Resize2d op{.coordinates = ResizeCoordinates::Asymmetric, .rounding = ResizeRounding::Floor};
  TILEWRIGHT_TRY(op.mode, read_mode(node));
  TILEWRIGHT_TRY(const ResizedAxes axes, apply_scales(node, scales, op));
  return emit_resize(node, op, axes);
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
  ResizedAxes axes;
  if (node.has_input(3)) {
    TILEWRIGHT_TRY(const std::vector<std::int64_t> sizes, node.constant_integers(3, "sizes"));
    TILEWRIGHT_TRY(axes, apply_sizes(node, sizes, op));
  } else {
    TILEWRIGHT_TRY(const std::vector<double> scales, scales_at(node, 2));
    TILEWRIGHT_TRY(axes, apply_scales(node, scales, op));
  }
  TILEWRIGHT_TRY(op.mode, read_mode(node));
  TILEWRIGHT_TRY(op.coordinates, read_coordinates(node));
  TILEWRIGHT_TRY(op.rounding, read_rounding(node));
  TILEWRIGHT_RETURN_IF_ERROR(check_other_attributes(node));
  return emit_resize(node, op, axes);
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
