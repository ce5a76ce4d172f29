// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_window.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tilewright::importer::onnx {
namespace {

/// A list with one number per spatial dimension (`per_dimension` for pads: two), each at least
/// `least`.
Result<std::optional<std::vector<std::int64_t>>> read_list(NodeImport& node, std::string_view name,
                                                           std::size_t count, std::int64_t least) {
  TILEWRIGHT_TRY(std::optional<std::vector<std::int64_t>> list, node.integers(name));
  if (!list) return list;
  const auto where = "attribute '" + std::string(name) + "': ";
  if (list->size() != count) {
    return node.invalid(where + "expected " + std::to_string(count) + " numbers, got " +
                        std::to_string(list->size()));
  }
  for (const std::int64_t number : *list) {
    if (number >= least && number <= std::numeric_limits<std::int32_t>::max()) continue;
    return node.invalid(where + "expected numbers of at least " + std::to_string(least) +
                        " and 32 bits, got " + std::to_string(number));
  }
  return list;
}

/// The last one or two of a list to rows and columns; of one, rows keep their value.
void assign(std::array<std::int64_t, 2>& to, const std::vector<std::int64_t>& list,
            std::size_t begin, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    to[2 - count + i] = list[begin + i];
}

Result<AutoPad> read_auto_pad(NodeImport& node) {
  TILEWRIGHT_TRY(const std::string text, node.text("auto_pad", "NOTSET"));
  if (text == "NOTSET" || text.empty()) return AutoPad::NotSet;
  if (text == "VALID") return AutoPad::Valid;
  if (text == "SAME_UPPER") return AutoPad::SameUpper;
  if (text == "SAME_LOWER") return AutoPad::SameLower;
  return node.invalid(
      "attribute 'auto_pad': expected NOTSET, VALID, SAME_UPPER or SAME_LOWER, got '" + text + "'");
}

Status read_kernel(NodeImport& node, std::size_t count, std::array<std::int64_t, 2>& kernel) {
  TILEWRIGHT_TRY(const auto list, read_list(node, "kernel_shape", count, 1));
  const bool given = kernel[1] != 0;
  if (!list && given) return ok();
  if (!list) return node.invalid("attribute 'kernel_shape': expected a list, got none");
  std::array<std::int64_t, 2> claimed{1, 1};
  assign(claimed, *list, 0, count);
  if (given && claimed != kernel) {
    return node.invalid("attribute 'kernel_shape': expected that of the filter, " +
                        std::to_string(kernel[0]) + "x" + std::to_string(kernel[1]) + ", got " +
                        std::to_string(claimed[0]) + "x" + std::to_string(claimed[1]));
  }
  kernel = claimed;
  return ok();
}

}  // namespace

Result<SpatialAttributes> read_spatial(NodeImport& node, int rank,
                                       std::array<std::int64_t, 2> kernel) {
  const auto count = static_cast<std::size_t>(rank - 2);
  SpatialAttributes spatial{.kernel = kernel};
  TILEWRIGHT_RETURN_IF_ERROR(read_kernel(node, count, spatial.kernel));
  TILEWRIGHT_TRY(const auto strides, read_list(node, "strides", count, 1));
  if (strides) assign(spatial.strides, *strides, 0, count);
  TILEWRIGHT_TRY(const auto dilations, read_list(node, "dilations", count, 1));
  if (dilations) assign(spatial.dilations, *dilations, 0, count);
  TILEWRIGHT_TRY(spatial.auto_pad, read_auto_pad(node));
  TILEWRIGHT_TRY(const auto pads, read_list(node, "pads", 2 * count, 0));
  if (pads && spatial.auto_pad == AutoPad::NotSet) {
    assign(spatial.pads_begin, *pads, 0, count);
    assign(spatial.pads_end, *pads, count, count);
  }
  return spatial;
}

void resolve_auto_pad(SpatialAttributes& spatial, const Shape& image) {
  if (spatial.auto_pad != AutoPad::SameUpper && spatial.auto_pad != AutoPad::SameLower) return;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t extent = image[static_cast<int>(axis) + 2];
    const std::int64_t stride = spatial.strides[axis];
    const std::int64_t outputs = (extent + stride - 1) / stride;
    const std::int64_t total =
        std::max<std::int64_t>((outputs - 1) * stride + spatial.reach(axis) - extent, 0);
    const std::int64_t less = total / 2;
    const bool upper = spatial.auto_pad == AutoPad::SameUpper;
    spatial.pads_begin[axis] = upper ? less : total - less;
    spatial.pads_end[axis] = upper ? total - less : less;
  }
}

Window window_of(const SpatialAttributes& spatial) {
  const auto narrow = [](std::int64_t number) {
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(number, std::numeric_limits<std::int32_t>::max()));
  };
  return {.stride_h = narrow(spatial.strides[0]),
          .stride_w = narrow(spatial.strides[1]),
          .dilation_h = narrow(spatial.dilations[0]),
          .dilation_w = narrow(spatial.dilations[1]),
          .pad_top = narrow(spatial.pads_begin[0]),
          .pad_left = narrow(spatial.pads_begin[1]),
          .pad_bottom = narrow(spatial.pads_end[0]),
          .pad_right = narrow(spatial.pads_end[1])};
}

}  // namespace tilewright::importer::onnx
