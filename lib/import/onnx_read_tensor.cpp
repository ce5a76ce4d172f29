// SPDX-License-Identifier: Apache-2.0
// Which field of a TensorProto holds its elements, and whether they are as many as its extents ask
// for.
#include <cstring>
#include <utility>

#include "lib/import/onnx_element_type.h"
#include "lib/import/onnx_external.h"
#include "lib/import/onnx_tensor.h"

namespace tilewright::importer::onnx {
namespace {

Error broken(std::string_view where, const std::string& what) {
  return {ErrorCode::InvalidModel, "onnx: " + std::string(where) + ": " + what};
}

std::string extents_text(const std::vector<std::int64_t>& dims) {
  std::string text;
  for (const std::int64_t dim : dims)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text.empty() ? "scalar" : text;
}

Result<std::int64_t> count_elements(const std::vector<std::int64_t>& dims, std::string_view where) {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return broken(where, "expected extents of at least 0, got " + extents_text(dims));
    if (dim > kMaxElements || (dim > 0 && product > kMaxElements / dim)) {
      return broken(where, "expected at most " + std::to_string(kMaxElements) + " elements, got " +
                               extents_text(dims));
    }
    product *= dim;
  }
  return product;
}

std::size_t numbers_in(const TensorProto& proto, ElementField field) {
  switch (field) {
    case ElementField::Floats:
      return proto.float_data.size();
    case ElementField::Int32s:
      return proto.int32_data.size();
    case ElementField::Int64s:
      return proto.int64_data.size();
    case ElementField::Doubles:
      return proto.double_data.size();
    case ElementField::Uint64s:
      return proto.uint64_data.size();
    case ElementField::Strings:
      return proto.string_count;
  }
  return 0;
}

std::size_t numbers_in_all(const TensorProto& proto) {
  return proto.float_data.size() + proto.int32_data.size() + proto.int64_data.size() +
         proto.double_data.size() + proto.uint64_data.size() + proto.string_count;
}

std::int64_t raw_bytes(const ElementType& type, std::int64_t elements) {
  return (elements * type.bits + 7) / 8;
}

Status check_raw(const TensorProto& proto, const ElementType& type, std::int64_t elements,
                 std::string_view where) {
  if (type.field == ElementField::Strings) {
    return broken(where, "expected no raw_data for type string");
  }
  if (numbers_in_all(proto) != 0) {
    return broken(where, "expected elements in one field, got raw_data and another");
  }
  const std::int64_t expected = raw_bytes(type, elements);
  if (std::ssize(*proto.raw_data) != expected) {
    return broken(where, "expected " + std::to_string(expected) + " bytes of raw_data for " +
                             type.name + " " + extents_text(proto.dims) + ", got " +
                             std::to_string(proto.raw_data->size()));
  }
  return ok();
}

Status check_typed(const TensorProto& proto, const ElementType& type, std::int64_t elements,
                   std::string_view where) {
  // Elements of 4 bits stand two by two in a number.
  const std::int64_t expected = type.bits == 4 ? (elements + 1) / 2 : elements * type.numbers;
  const auto got = static_cast<std::int64_t>(numbers_in(proto, type.field));
  if (got != expected || numbers_in_all(proto) != numbers_in(proto, type.field)) {
    return broken(
        where, "expected " + std::to_string(expected) + " elements for " + type.name + " " +
                   extents_text(proto.dims) + ", got " +
                   std::to_string(got == expected ? static_cast<std::int64_t>(numbers_in_all(proto))
                                                  : got));
  }
  return ok();
}

/// Elements of `type` out of the typed fields; a stored int32 keeps the low bits, as onnx.proto
/// says.
std::vector<std::byte> typed_bytes(const TensorProto& proto, const ElementType& type) {
  const auto element_bytes = static_cast<std::size_t>(type.bits / 8);
  std::vector<std::byte> bytes(numbers_in(proto, type.field) * element_bytes);
  const auto copy = [&](const auto& numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      std::memcpy(bytes.data() + i * element_bytes, &numbers[i], element_bytes);
  };
  switch (type.field) {
    case ElementField::Floats:
      copy(proto.float_data);
      break;
    case ElementField::Int32s:
      copy(proto.int32_data);
      break;
    case ElementField::Int64s:
      copy(proto.int64_data);
      break;
    case ElementField::Doubles:
      copy(proto.double_data);
      break;
    case ElementField::Uint64s:
      copy(proto.uint64_data);
      break;
    case ElementField::Strings:
      break;
  }
  return bytes;
}

}  // namespace

std::optional<DType> dtype_of(std::int64_t data_type) {
  const ElementType* type = element_type(data_type);
  return type == nullptr ? std::nullopt : type->dtype;
}

std::string data_type_name(std::int64_t data_type) {
  const ElementType* type = element_type(data_type);
  return type == nullptr ? "type " + std::to_string(data_type) : type->name;
}

Status check_tensor(const TensorProto& proto, std::string_view where) {
  const ElementType* type = element_type(proto.data_type);
  if (type == nullptr) {
    return broken(where, "expected a known data_type, got " + std::to_string(proto.data_type));
  }
  if (proto.has_segment) return broken(where, "expected a whole tensor, got a segment");
  TILEWRIGHT_TRY(const std::int64_t elements, count_elements(proto.dims, where));
  if (proto.is_external) {
    if (proto.raw_data || numbers_in_all(proto) != 0) {
      return broken(where, "expected no elements in the file beside external data");
    }
    return check_external_path(proto.external_data, where);
  }
  if (proto.raw_data) return check_raw(proto, *type, elements, where);
  return check_typed(proto, *type, elements, where);
}

Result<Tensor> read_tensor(const TensorProto& proto, const std::string& folder,
                           std::string_view where) {
  const ElementType* type = element_type(proto.data_type);
  TILEWRIGHT_CHECK(type != nullptr);
  if (!type->dtype || proto.dims.size() > kMaxRank) {
    return Error{ErrorCode::Unsupported, "onnx: " + std::string(where) +
                                             ": expected a type Tilewright has and at most " +
                                             std::to_string(kMaxRank) + " dimensions, got " +
                                             type->name + " " + extents_text(proto.dims)};
  }
  const Shape shape(proto.dims);
  if (proto.is_external) {
    TILEWRIGHT_TRY(std::vector<std::byte> bytes,
                   read_external(proto.external_data, folder,
                                 shape.elements() * size_bytes(*type->dtype), where));
    return make_tensor(*type->dtype, shape, std::move(bytes));
  }
  if (!proto.raw_data) return make_tensor(*type->dtype, shape, typed_bytes(proto, *type));
  return Tensor{.dtype = *type->dtype, .shape = shape, .owner = nullptr, .bytes = *proto.raw_data};
}

}  // namespace tilewright::importer::onnx
