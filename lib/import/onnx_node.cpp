// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_node.h"

#include <algorithm>

#include "lib/import/onnx_check.h"

namespace tilewright::importer::onnx {
namespace {

const char* name(AttributeType type) {
  switch (type) {
    case AttributeType::Undefined:
      return "undefined";
    case AttributeType::Float:
      return "float";
    case AttributeType::Int:
      return "int";
    case AttributeType::String:
      return "string";
    case AttributeType::Tensor:
      return "tensor";
    case AttributeType::Graph:
      return "graph";
    case AttributeType::Floats:
      return "floats";
    case AttributeType::Ints:
      return "ints";
    case AttributeType::Strings:
      return "strings";
    case AttributeType::Tensors:
      return "tensors";
    case AttributeType::Graphs:
      return "graphs";
    case AttributeType::SparseTensor:
      return "sparse tensor";
    case AttributeType::SparseTensors:
      return "sparse tensors";
    case AttributeType::TypeProto:
      return "type";
    case AttributeType::TypeProtos:
      return "types";
  }
  return "unknown";
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

}  // namespace

Result<Outputs> one(Result<Operand> output) {
  TILEWRIGHT_TRY(const Operand operand, std::move(output));
  return Outputs{operand};
}

std::vector<Operand> NodeImport::all_inputs() const {
  std::vector<Operand> operands;
  for (const std::optional<Operand>& operand : inputs_)
    operands.push_back(*operand);
  return operands;
}

Result<const Tensor*> NodeImport::constant(std::size_t i, std::string_view name) const {
  if (!has_input(i)) return invalid("input " + quoted(name) + ": expected a value, got none");
  const Tensor* tensor = lowering_.tensor(input(i));
  if (tensor == nullptr) {
    return unsupported("input " + quoted(name) +
                       ": expected a constant, got a value computed at run time");
  }
  return tensor;
}

Result<std::vector<std::int64_t>> NodeImport::constant_integers(std::size_t i,
                                                                std::string_view name) const {
  TILEWRIGHT_TRY(const Tensor* tensor, constant(i, name));
  if (!is_integer(tensor->dtype) || tensor->shape.rank() > 1) {
    return invalid("input " + quoted(name) + ": expected a list of integers, got " +
                   to_string(tensor->dtype) + " " + to_string(tensor->shape));
  }
  return importer::integers(*tensor);
}

const AttributeProto* NodeImport::attribute(std::string_view name) const {
  const auto found =
      std::find_if(proto_.attributes.begin(), proto_.attributes.end(),
                   [&](const AttributeProto& candidate) { return candidate.name == name; });
  return found == proto_.attributes.end() ? nullptr : &*found;
}

Result<const AttributeProto*> NodeImport::typed(std::string_view name, AttributeType type) const {
  const AttributeProto* found = attribute(name);
  if (found != nullptr && static_cast<AttributeType>(found->type) != type) {
    return invalid("attribute " + quoted(name) + ": expected " + onnx::name(type) + ", got " +
                   onnx::name(static_cast<AttributeType>(found->type)));
  }
  return found;
}

Result<std::int64_t> NodeImport::integer(std::string_view name, std::int64_t fallback) const {
  TILEWRIGHT_TRY(const AttributeProto* found, typed(name, AttributeType::Int));
  return found == nullptr ? fallback : found->i;
}

Result<bool> NodeImport::flag(std::string_view name, bool fallback) const {
  TILEWRIGHT_TRY(const std::int64_t value, integer(name, fallback ? 1 : 0));
  return value != 0;
}

Result<float> NodeImport::real(std::string_view name, float fallback) const {
  TILEWRIGHT_TRY(const AttributeProto* found, typed(name, AttributeType::Float));
  return found == nullptr ? fallback : found->f;
}

Result<std::string> NodeImport::text(std::string_view name, std::string_view fallback) const {
  TILEWRIGHT_TRY(const AttributeProto* found, typed(name, AttributeType::String));
  return found == nullptr ? std::string(fallback) : found->s;
}

Result<std::optional<std::vector<std::int64_t>>> NodeImport::integers(std::string_view name) const {
  TILEWRIGHT_TRY(const AttributeProto* found, typed(name, AttributeType::Ints));
  if (found == nullptr) return std::optional<std::vector<std::int64_t>>();
  return std::optional(found->ints);
}

Result<std::optional<std::vector<std::int64_t>>> NodeImport::integers(std::string_view name,
                                                                      std::size_t i) const {
  if (!has_input(i)) return integers(name);
  TILEWRIGHT_TRY(std::vector<std::int64_t> numbers, constant_integers(i, name));
  return std::optional(std::move(numbers));
}

Result<std::vector<std::int64_t>> NodeImport::integers_or(
    std::string_view name, std::size_t i, std::vector<std::int64_t> fallback) const {
  if (has_input(i)) return constant_integers(i, name);
  TILEWRIGHT_TRY(const AttributeProto* found, typed(name, AttributeType::Ints));
  return found == nullptr ? std::move(fallback) : found->ints;
}

Result<int> NodeImport::axis(std::string_view name, std::int64_t fallback, int rank) const {
  TILEWRIGHT_TRY(const std::int64_t value, integer(name, fallback));
  return checked_axis(value, rank);
}

Result<int> NodeImport::checked_axis(std::int64_t axis, int rank) const {
  if (axis < -rank || axis >= rank) {
    return invalid("expected an axis from " + std::to_string(-rank) + " to " +
                   std::to_string(rank - 1) + ", got " + std::to_string(axis));
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Error NodeImport::invalid(const std::string& what) const {
  return located({ErrorCode::InvalidModel, what});
}

Error NodeImport::unsupported(const std::string& what) const {
  return located({ErrorCode::Unsupported, what});
}

Error NodeImport::unsupported_attribute(std::string_view name, const std::string& what) const {
  return unsupported("attribute " + quoted(name) + ": " + what);
}

Error NodeImport::located(const Error& error) const {
  return {error.code, "onnx: " + describe(proto_) + ": " + error.message};
}

std::string NodeImport::part_name(std::string_view part) const {
  std::string name = proto_.name.empty() ? proto_.outputs[0] : proto_.name;
  if (!part.empty()) name += "/" + std::string(part);
  return name;
}

Result<Operand> NodeImport::emit(Op op, const std::vector<Operand>& src, std::string_view part) {
  Result<Operand> result = lowering_.emit(part_name(part), std::move(op), src);
  if (!result) return located(result.error());
  return result;
}

Operand NodeImport::make_constant(Tensor tensor, std::string_view part) {
  return lowering_.add_constant(part_name(part), std::move(tensor));
}

Operand NodeImport::make_scalar(DType dtype, double value, std::string_view part) {
  return make_constant(from_reals(dtype, {}, std::span(&value, 1)), part);
}

Status NodeImport::reserve(std::int64_t size_bytes) {
  Status status = lowering_.reserve(size_bytes);
  if (!status) return located(status.error());
  return status;
}

}  // namespace tilewright::importer::onnx
