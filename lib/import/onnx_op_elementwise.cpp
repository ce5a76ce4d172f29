// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

/// The number of a constant with one element; empty for anything else.
std::optional<double> scalar_of(NodeImport& node, const Operand& operand) {
  const Tensor* tensor = node.lowering().tensor(operand);
  if (tensor == nullptr || tensor->shape.elements() != 1) return std::nullopt;
  return reals(*tensor)[0];
}

}  // namespace

Result<Outputs> import_unary(NodeImport& node, UnaryKind kind) {
  return one(node.emit(Unary{kind}, {node.input(0)}));
}

Result<Outputs> import_binary(NodeImport& node, BinaryKind kind) {
  return one(node.emit(Binary{kind}, {node.input(0), node.input(1)}));
}

Result<Outputs> import_chain(NodeImport& node, BinaryKind kind) {
  Operand result = node.input(0);
  for (std::size_t i = 1; i < node.input_count(); ++i) {
    const bool last = i + 1 == node.input_count();
    const std::string part = last ? "" : std::to_string(i);
    TILEWRIGHT_TRY(result, node.emit(Binary{kind}, {result, node.input(i)}, part));
  }
  return one(result);
}

Result<Outputs> import_mean(NodeImport& node) {
  TILEWRIGHT_TRY(const Outputs sum, import_chain(node, BinaryKind::Add));
  const auto count = static_cast<double>(node.input_count());
  const Operand scale = node.make_scalar(sum[0].dtype, 1 / count, "scale");
  return one(node.emit(Binary{BinaryKind::Mul}, {sum[0], scale}, "mean"));
}

Result<Outputs> import_pow(NodeImport& node) {
  const Operand& x = node.input(0);
  Operand exponent = node.input(1);
  const std::optional<double> scalar = scalar_of(node, exponent);
  // A scalar of the same or lower rank leaves the shape of x.
  if (scalar && exponent.shape.rank() <= x.shape.rank() && !is_integer(x.dtype)) {
    if (*scalar == 2) return one(node.emit(Unary{UnaryKind::Square}, {x}));
    if (*scalar == 0.5) return one(node.emit(Unary{UnaryKind::Sqrt}, {x}));
  }
  // ONNX lets the two have different types and computes in that of x.
  if (exponent.dtype != x.dtype) {
    TILEWRIGHT_TRY(exponent, node.emit(Cast{x.dtype}, {exponent}, "exponent"));
  }
  return one(node.emit(Binary{BinaryKind::Pow}, {x, exponent}));
}

Result<Outputs> import_cast(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(const std::int64_t to, node.integer("to", 0));
  const std::optional<DType> dtype = dtype_of(to);
  if (!dtype) {
    return node.unsupported_attribute(
        "to", "expected an element type Tilewright has, got " + data_type_name(to));
  }
  if (*dtype == x.dtype) return one(x);
  return one(node.emit(Cast{*dtype}, {x}));
}

}  // namespace tilewright::importer::onnx
