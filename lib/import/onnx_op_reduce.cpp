// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <vector>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

/// The dimensions as a set of bits. No list, or an empty one, means all.
Result<std::uint32_t> axes_mask(const NodeImport& node,
                                const std::optional<std::vector<std::int64_t>>& axes, int rank) {
  if (!axes || axes->empty()) return (std::uint32_t{1} << rank) - 1;
  std::uint32_t mask = 0;
  for (const std::int64_t number : *axes) {
    TILEWRIGHT_TRY(const int axis, node.checked_axis(number, rank));
    const std::uint32_t bit = std::uint32_t{1} << axis;
    if ((mask & bit) != 0) {
      return node.invalid("'axes': expected different dimensions, got " + std::to_string(number) +
                          " again");
    }
    mask |= bit;
  }
  return mask;
}

/// Reduces `x`, in the place of the node's input, as the node says.
Result<Operand> reduced(NodeImport& node, const Operand& x, ReduceKind kind,
                        std::string_view part) {
  TILEWRIGHT_TRY(const auto axes, node.integers("axes", 1));
  TILEWRIGHT_TRY(const bool keep_dims, node.flag("keepdims", true));
  TILEWRIGHT_TRY(const bool noop, node.flag("noop_with_empty_axes", false));
  if (noop && (!axes || axes->empty())) return x;
  TILEWRIGHT_TRY(const std::uint32_t mask, axes_mask(node, axes, x.shape.rank()));
  return node.emit(Reduce{.kind = kind, .axes = mask, .keep_dims = keep_dims}, {x}, part);
}

}  // namespace

Result<Outputs> import_reduce(NodeImport& node, ReduceKind kind) {
  return one(reduced(node, node.input(0), kind, ""));
}

Result<Outputs> import_reduce_squares(NodeImport& node, bool root) {
  TILEWRIGHT_TRY(const Operand squares,
                 node.emit(Unary{UnaryKind::Square}, {node.input(0)}, "squares"));
  TILEWRIGHT_TRY(const Operand sum, reduced(node, squares, ReduceKind::Sum, root ? "sum" : ""));
  return one(root ? node.emit(Unary{UnaryKind::Sqrt}, {sum}) : Result<Operand>(sum));
}

}  // namespace tilewright::importer::onnx
