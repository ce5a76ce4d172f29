// SPDX-License-Identifier: Apache-2.0
// Normalisations over a part of each image or line: LayerNormalization, and those whose part is a
// line in another shape.
#include <utility>
#include <vector>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

std::int64_t product_of(const Shape& shape, int begin, int end) {
  std::int64_t product = 1;
  for (int axis = begin; axis < end; ++axis)
    product *= shape[axis];
  return product;
}

/// `count` copies of a number.
Result<Operand> numbers(NodeImport& node, DType dtype, std::int64_t count, double number,
                        std::string_view part) {
  TILEWRIGHT_RETURN_IF_ERROR(node.reserve(count * size_bytes(dtype)));
  const std::vector<double> elements(static_cast<std::size_t>(count), number);
  return node.make_constant(from_reals(dtype, {count}, elements), part);
}

/// Operand `i` as one number per element of a line, whose dimensions are those of `x` from `axis`
/// on.
Result<Operand> line_operand(NodeImport& node, std::size_t i, std::string_view name, int axis) {
  const Shape& x = node.input(0).shape;
  const Shape line(x.dims().subspan(static_cast<std::size_t>(axis)));
  Operand operand = node.input(i);
  if (operand.shape != line) {
    const std::string part = std::string(name) + "_broadcast";
    TILEWRIGHT_TRY(operand, node.emit(Broadcast{line}, {operand}, part));
  }
  const std::string part = std::string(name) + "_line";
  return node.emit(Reshape{{line.elements()}}, {operand}, part);
}

/// Normalises every line of `columns` neighbouring elements; the result has the shape of x.
Result<Operand> normalized_lines(NodeImport& node, std::int64_t columns) {
  const Operand& x = node.input(0);
  if (columns == 0) return x;
  TILEWRIGHT_TRY(const float epsilon, node.real("epsilon", 1e-5F));
  TILEWRIGHT_TRY(const Operand ones, numbers(node, x.dtype, columns, 1, "ones"));
  TILEWRIGHT_TRY(const Operand zeros, numbers(node, x.dtype, columns, 0, "zeros"));
  const Shape lines{x.shape.elements() / columns, columns};
  TILEWRIGHT_TRY(const Operand flat, node.emit(Reshape{lines}, {x}, "lines"));
  TILEWRIGHT_TRY(const Operand normal,
                 node.emit(LayerNorm{epsilon}, {flat, ones, zeros}, "normal"));
  return node.emit(Reshape{x.shape}, {normal}, "shape");
}

/// x * scale + bias with operands 1 and 2, one number for each channel, which is dimension 1.
Result<Outputs> scaled_channels(NodeImport& node, const Operand& x) {
  std::vector<std::int64_t> dims(static_cast<std::size_t>(x.shape.rank() - 1), 1);
  dims[0] = x.shape[1];
  Operand result = x;
  for (const auto& [i, name] :
       {std::pair(std::size_t{1}, "scale"), std::pair(std::size_t{2}, "B")}) {
    if (node.input(i).shape != Shape{x.shape[1]}) {
      return node.unsupported("input '" + std::string(name) + "': expected shape " +
                              std::to_string(x.shape[1]) + ", got " +
                              to_string(node.input(i).shape));
    }
    const std::string part = std::string(name) + "_channels";
    TILEWRIGHT_TRY(const Operand factor, node.emit(Reshape{Shape(dims)}, {node.input(i)}, part));
    const Binary op{.kind = i == 1 ? BinaryKind::Mul : BinaryKind::Add};
    TILEWRIGHT_TRY(result, node.emit(op, {result, factor}, i == 1 ? "scaled" : ""));
  }
  return one(result);
}

Status check_channels(const NodeImport& node) {
  const Shape& x = node.input(0).shape;
  if (x.rank() >= 2) return ok();
  return node.invalid("expected channels as dimension 1, got shape " + to_string(x));
}

}  // namespace

Result<Outputs> import_layer_norm(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(const int axis, node.axis("axis", -1, x.shape.rank()));
  TILEWRIGHT_TRY(const float epsilon, node.real("epsilon", 1e-5F));
  const std::int64_t columns = product_of(x.shape, axis, x.shape.rank());
  TILEWRIGHT_TRY(const Operand scale, line_operand(node, 1, "Scale", axis));
  Operand bias;
  if (node.has_input(2)) {
    TILEWRIGHT_TRY(bias, line_operand(node, 2, "B", axis));
  } else {
    TILEWRIGHT_TRY(bias, numbers(node, x.dtype, columns, 0, "B"));
  }
  const LayerNorm op{epsilon};
  if (axis + 1 == x.shape.rank()) return one(node.emit(op, {x, scale, bias}));
  const Shape lines{product_of(x.shape, 0, axis), columns};
  TILEWRIGHT_TRY(const Operand flat, node.emit(Reshape{lines}, {x}, "lines"));
  TILEWRIGHT_TRY(const Operand normal, node.emit(op, {flat, scale, bias}));
  return one(node.emit(Reshape{x.shape}, {normal}, "shape"));
}

Result<Outputs> import_instance_norm(NodeImport& node) {
  TILEWRIGHT_RETURN_IF_ERROR(check_channels(node));
  const Shape& x = node.input(0).shape;
  TILEWRIGHT_TRY(const Operand normal, normalized_lines(node, product_of(x, 2, x.rank())));
  return scaled_channels(node, normal);
}

Result<Outputs> import_group_norm(NodeImport& node) {
  TILEWRIGHT_RETURN_IF_ERROR(check_channels(node));
  const Shape& x = node.input(0).shape;
  TILEWRIGHT_TRY(const std::int64_t groups, node.integer("num_groups", 0));
  if (groups < 1 || x[1] % groups != 0) {
    return node.invalid("attribute 'num_groups': expected a divisor of " + std::to_string(x[1]) +
                        " channels, got " + std::to_string(groups));
  }
  const std::int64_t columns = x[1] / groups * product_of(x, 2, x.rank());
  TILEWRIGHT_TRY(const Operand normal, normalized_lines(node, columns));
  return scaled_channels(node, normal);
}

}  // namespace tilewright::importer::onnx
