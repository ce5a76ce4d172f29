// SPDX-License-Identifier: Apache-2.0
// Concat, Gather, Pad.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

Result<PadMode> read_mode(const NodeImport& node) {
  TILEWRIGHT_TRY(const std::string mode, node.text("mode", "constant"));
  if (mode == "constant") return PadMode::Constant;
  if (mode == "reflect") return PadMode::Reflect;
  if (mode == "edge") return PadMode::Edge;
  return node.unsupported_attribute("mode",
                                    "expected constant, reflect or edge, got '" + mode + "'");
}

Result<float> read_pad_value(const NodeImport& node) {
  if (!node.has_input(2)) return node.real("value", 0);
  TILEWRIGHT_TRY(const Tensor* tensor, node.constant(2, "constant_value"));
  if (tensor->shape.elements() != 1) {
    return node.invalid("input 'constant_value': expected a scalar, got shape " +
                        to_string(tensor->shape));
  }
  return static_cast<float>(reals(*tensor)[0]);
}

/// The dimensions that the pads are for, in their order; all if the file does not say.
Result<std::vector<int>> padded_axes(const NodeImport& node, int rank) {
  std::vector<int> axes;
  if (!node.has_input(3)) {
    for (int axis = 0; axis < rank; ++axis)
      axes.push_back(axis);
    return axes;
  }
  TILEWRIGHT_TRY(const std::vector<std::int64_t> numbers, node.constant_integers(3, "axes"));
  for (const std::int64_t number : numbers) {
    TILEWRIGHT_TRY(const int axis, node.checked_axis(number, rank));
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) {
      return node.invalid("'axes': expected different dimensions, got " + std::to_string(number) +
                          " again");
    }
    axes.push_back(axis);
  }
  return axes;
}

Status read_pads(const NodeImport& node, int rank, Pad& op) {
  TILEWRIGHT_TRY(const auto pads, node.integers("pads", 1));
  if (!pads) return node.invalid("'pads': expected a list, got none");
  TILEWRIGHT_TRY(const std::vector<int> axes, padded_axes(node, rank));
  if (pads->size() != 2 * axes.size()) {
    return node.invalid("'pads': expected " + std::to_string(2 * axes.size()) + " numbers, got " +
                        std::to_string(pads->size()));
  }
  if (std::any_of(pads->begin(), pads->end(), [](std::int64_t cells) { return cells < 0; })) {
    return node.unsupported_attribute(
        "pads", "expected numbers of at least 0, got " +
                    std::to_string(*std::min_element(pads->begin(), pads->end())));
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    op.before[static_cast<std::size_t>(axes[i])] = (*pads)[i];
    op.after[static_cast<std::size_t>(axes[i])] = (*pads)[i + axes.size()];
  }
  return ok();
}

}  // namespace

Result<Outputs> import_concat(NodeImport& node) {
  if (node.attribute("axis") == nullptr) {
    return node.invalid("attribute 'axis': expected a number, got none");
  }
  TILEWRIGHT_TRY(const int axis, node.axis("axis", 0, node.input(0).shape.rank()));
  if (node.input_count() == 1) return one(node.input(0));
  return one(node.emit(Concat{axis}, node.all_inputs()));
}

Result<Outputs> import_gather(NodeImport& node) {
  const Operand& x = node.input(0);
  const Operand& indices = node.input(1);
  TILEWRIGHT_TRY(const int axis, node.axis("axis", 0, x.shape.rank()));
  const Tensor* tensor = node.lowering().tensor(indices);
  if (tensor != nullptr && is_integer(tensor->dtype)) {
    const std::int64_t extent = x.shape[axis];
    for (const std::int64_t index : integers(*tensor)) {
      if (index >= -extent && index < extent) continue;
      return node.invalid("input 'indices': expected " + std::to_string(-extent) + " to " +
                          std::to_string(extent - 1) + ", got " + std::to_string(index));
    }
  }
  return one(node.emit(Gather{axis}, {x, indices}));
}

Result<Outputs> import_pad(NodeImport& node) {
  const Operand& x = node.input(0);
  Pad op;
  TILEWRIGHT_RETURN_IF_ERROR(read_pads(node, x.shape.rank(), op));
  TILEWRIGHT_TRY(op.value, read_pad_value(node));
  TILEWRIGHT_TRY(op.mode, read_mode(node));
  if (op.before == Axes{} && op.after == Axes{}) return one(x);
  return one(node.emit(op, {x}));
}

}  // namespace tilewright::importer::onnx
