// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

Result<Outputs> as_output(NodeImport& node, Tensor tensor) {
  return one(node.make_constant(std::move(tensor), ""));
}

/// The tensor attribute `value`, copied: it lies in the file.
Result<Tensor> tensor_attribute(const NodeImport& node, const AttributeProto& attribute) {
  if (static_cast<AttributeType>(attribute.type) != AttributeType::Tensor) {
    return node.invalid("attribute '" + attribute.name + "': expected a tensor, got another type");
  }
  Result<Tensor> tensor = read_tensor(*attribute.t, "", "attribute '" + attribute.name + "'");
  if (tensor) return tensor;
  return tensor.error().code == ErrorCode::Unsupported
             ? node.unsupported_attribute(
                   attribute.name,
                   "expected a type Tilewright has, got " + data_type_name(attribute.t->data_type))
             : tensor.error();
}

/// `count` copies of an element; each step doubles what is there.
std::vector<std::byte> repeat(std::span<const std::byte> element, std::int64_t count) {
  std::vector<std::byte> bytes(element.size() * static_cast<std::size_t>(count));
  if (bytes.empty()) return bytes;
  std::copy(element.begin(), element.end(), bytes.begin());
  for (std::size_t done = element.size(); done < bytes.size(); done *= 2)
    std::copy_n(bytes.begin(), std::min(done, bytes.size() - done),
                bytes.begin() + static_cast<std::ptrdiff_t>(done));
  return bytes;
}

Result<Operand> scalar_input(const NodeImport& node, std::size_t i, std::string_view name) {
  TILEWRIGHT_TRY(const Tensor* tensor, node.constant(i, name));
  if (tensor->shape.elements() == 1) return node.input(i);
  return node.invalid("input '" + std::string(name) + "': expected a scalar, got shape " +
                      to_string(tensor->shape));
}

/// begin, begin + step, .. as many as fit before `end`.
Result<Tensor> range(NodeImport& node, DType dtype, const std::vector<double>& numbers) {
  const double count = std::ceil((numbers[1] - numbers[0]) / numbers[2]);
  if (numbers[2] == 0 || !(count <= static_cast<double>(kMaxElements))) {
    return node.invalid("expected a range of at most " + std::to_string(kMaxElements) +
                        " numbers, got step " + std::to_string(numbers[2]));
  }
  const auto elements = static_cast<std::int64_t>(std::max(count, 0.0));
  TILEWRIGHT_RETURN_IF_ERROR(node.reserve(elements * size_bytes(DType::Float64)));
  std::vector<double> values;
  for (std::int64_t i = 0; i < elements; ++i)
    values.push_back(numbers[0] + static_cast<double>(i) * numbers[2]);
  return from_reals(dtype, {elements}, values);
}

}  // namespace

Result<Outputs> import_constant(NodeImport& node) {
  if (node.proto().attributes.size() != 1) {
    return node.invalid("expected one attribute, got " +
                        std::to_string(node.proto().attributes.size()));
  }
  const AttributeProto& attribute = node.proto().attributes[0];
  if (attribute.name == "value") {
    TILEWRIGHT_TRY(Tensor tensor, tensor_attribute(node, attribute));
    return as_output(node, std::move(tensor));
  }
  if (attribute.name == "value_int") {
    TILEWRIGHT_TRY(const std::int64_t number, node.integer(attribute.name, 0));
    return as_output(node, make_tensor({}, std::span(&number, 1)));
  }
  if (attribute.name == "value_float") {
    TILEWRIGHT_TRY(const float number, node.real(attribute.name, 0));
    return as_output(node, make_tensor({}, std::span(&number, 1)));
  }
  if (attribute.name == "value_ints") {
    TILEWRIGHT_TRY(const auto numbers, node.integers(attribute.name));
    return as_output(node,
                     make_tensor({std::ssize(*numbers)}, std::span<const std::int64_t>(*numbers)));
  }
  // value_floats; the table lets no other name pass.
  return as_output(
      node, make_tensor({std::ssize(attribute.floats)}, std::span<const float>(attribute.floats)));
}

Result<Outputs> import_constant_of_shape(NodeImport& node) {
  TILEWRIGHT_TRY(const std::vector<std::int64_t> dims, node.constant_integers(0, "input"));
  const float zero = 0;
  Tensor element = make_tensor({1}, std::span(&zero, 1));
  if (const AttributeProto* value = node.attribute("value"); value != nullptr) {
    TILEWRIGHT_TRY(element, tensor_attribute(node, *value));
  }
  if (element.shape.elements() != 1) {
    return node.invalid("attribute 'value': expected one element, got shape " +
                        to_string(element.shape));
  }
  if (dims.size() > kMaxRank) {
    return node.unsupported("expected at most " + std::to_string(kMaxRank) + " dimensions, got " +
                            std::to_string(dims.size()));
  }
  const Shape shape(dims);
  const Status valid = check_shape(shape);
  if (!valid) return node.invalid(valid.error().message);
  TILEWRIGHT_RETURN_IF_ERROR(node.reserve(shape.elements() * size_bytes(element.dtype)));
  return as_output(node,
                   make_tensor(element.dtype, shape, repeat(element.bytes, shape.elements())));
}

Result<Outputs> import_shape(NodeImport& node) {
  const std::span<const std::int64_t> dims = node.input(0).shape.dims();
  const std::int64_t rank = std::ssize(dims);
  TILEWRIGHT_TRY(std::int64_t begin, node.integer("start", 0));
  TILEWRIGHT_TRY(std::int64_t end, node.integer("end", rank));
  begin = std::clamp<std::int64_t>(begin < 0 ? begin + rank : begin, 0, rank);
  end = std::clamp<std::int64_t>(end < 0 ? end + rank : end, begin, rank);
  const auto part =
      dims.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  return as_output(node, make_tensor({end - begin}, part));
}

Result<Outputs> import_size(NodeImport& node) {
  const std::int64_t elements = node.input(0).shape.elements();
  return as_output(node, make_tensor({}, std::span(&elements, 1)));
}

Result<Outputs> import_range(NodeImport& node) {
  constexpr std::string_view kNames[] = {"start", "limit", "delta"};
  std::vector<double> numbers;
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    TILEWRIGHT_TRY(const Operand operand, scalar_input(node, i, kNames[i]));
    numbers.push_back(reals(*node.lowering().tensor(operand))[0]);
  }
  TILEWRIGHT_TRY(Tensor tensor, range(node, node.input(0).dtype, numbers));
  return as_output(node, std::move(tensor));
}

}  // namespace tilewright::importer::onnx
