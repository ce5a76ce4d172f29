// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_tensors.h"

#include <algorithm>
#include <utility>

#include "lib/import/tflite_labels.h"
#include "lib/import/tflite_quantization.h"

namespace tilewright::importer::tflite {
namespace {

Error invalid(const std::string& label, const std::string& message) {
  return Error{ErrorCode::InvalidModel, "tflite: " + label + ": " + message};
}

/// Bits of one element; 0 if elements have no fixed size.
int element_bits(schema::TensorType type) {
  using enum schema::TensorType;
  switch (type) {
    case INT4:
      return 4;
    case UINT8:
    case INT8:
    case BOOL:
      return 8;
    case FLOAT16:
    case BFLOAT16:
    case INT16:
    case UINT16:
      return 16;
    case FLOAT32:
    case INT32:
    case UINT32:
      return 32;
    case FLOAT64:
    case INT64:
    case UINT64:
    case COMPLEX64:
      return 64;
    case COMPLEX128:
      return 128;
    case STRING:
    case RESOURCE:
    case VARIANT:
      return 0;
  }
  return 0;
}

Result<Shape> read_shape(const schema::Tensor& tensor, const std::string& label) {
  const std::span<const std::int32_t> dims = elements_of(tensor.shape());
  if (dims.size() > static_cast<std::size_t>(kMaxRank)) {
    return invalid(label, "expected at most " + std::to_string(kMaxRank) + " dimensions, got " +
                              std::to_string(dims.size()));
  }
  const std::vector<std::int64_t> extents(dims.begin(), dims.end());
  const Shape shape{std::span(extents)};
  if (const Status status = check_shape(shape); !status) {
    return invalid(label, status.error().message);
  }
  return shape;
}

/// The free dimensions: those whose entry of `shape_signature` is -1.
Result<std::uint32_t> read_free_dims(const schema::Tensor& tensor, const Shape& shape,
                                     const std::string& label) {
  const std::span<const std::int32_t> signature = elements_of(tensor.shape_signature());
  if (signature.empty()) return std::uint32_t{0};
  if (signature.size() != static_cast<std::size_t>(shape.rank())) {
    return invalid(label, "expected a shape_signature of rank " + std::to_string(shape.rank()) +
                              ", got " + std::to_string(signature.size()));
  }
  std::uint32_t free_dims = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool is_free = signature[static_cast<std::size_t>(axis)] == -1;
    if (is_free) free_dims |= std::uint32_t{1} << axis;
  }
  return free_dims;
}

Status check_constant(const StoredTensor& tensor, schema::TensorType type) {
  const int bits = element_bits(type);
  if (bits == 0) return ok();
  const std::int64_t expected = (tensor.spec.shape.elements() * bits + 7) / 8;
  if (static_cast<std::int64_t>(tensor.bytes.size()) != expected) {
    return invalid(tensor.label, "expected a buffer of " + std::to_string(expected) +
                                     " bytes for " + type_label(type) + " " +
                                     to_string(tensor.spec.shape) + ", got " +
                                     std::to_string(tensor.bytes.size()));
  }
  if (type != schema::TensorType::BOOL) return ok();
  const auto is_bool = [](std::byte value) { return std::to_integer<int>(value) <= 1; };
  if (std::all_of(tensor.bytes.begin(), tensor.bytes.end(), is_bool)) return ok();
  return invalid(tensor.label, "expected bytes of 0 or 1 for BOOL, got others");
}

Result<StoredTensor> read_tensor(const File& file, const schema::Tensor& source,
                                 std::size_t index) {
  StoredTensor tensor;
  tensor.label = tensor_label(index, source);
  const schema::TensorType type = source.type();
  if (type < schema::TensorType::MIN || type > schema::TensorType::MAX) {
    return invalid(tensor.label, "expected a type from 0 to " +
                                     std::to_string(static_cast<int>(schema::TensorType::MAX)) +
                                     ", got " + type_label(type));
  }
  tensor.spec.name = text_of(source.name());
  TILEWRIGHT_TRY(tensor.spec.shape, read_shape(source, tensor.label));
  TILEWRIGHT_TRY(tensor.free_dims, read_free_dims(source, tensor.spec.shape, tensor.label));
  TILEWRIGHT_TRY(
      tensor.spec.quantization,
      read_quantization(source.quantization(), type, tensor.spec.shape, "tflite: " + tensor.label));
  tensor.rank_known = source.has_rank() || tensor.spec.shape.rank() > 0;
  tensor.is_variable = source.is_variable();
  tensor.buffer = source.buffer();
  TILEWRIGHT_TRY(tensor.bytes, buffer_bytes(file, tensor.buffer));
  tensor.is_constant = !tensor.bytes.empty();
  const std::optional<DType> dtype = dtype_of(type);
  tensor.spec.dtype = dtype.value_or(DType::UInt8);
  if (!dtype) tensor.unsupported = "type " + type_label(type);
  if (source.sparsity() != nullptr) {
    tensor.unsupported = "sparsity";
    return tensor;
  }
  if (tensor.is_constant) TILEWRIGHT_RETURN_IF_ERROR(check_constant(tensor, type));
  return tensor;
}

}  // namespace

std::optional<DType> dtype_of(schema::TensorType type) {
  using enum schema::TensorType;
  switch (type) {
    case FLOAT32:
      return DType::Float32;
    case FLOAT16:
      return DType::Float16;
    case FLOAT64:
      return DType::Float64;
    case INT8:
      return DType::Int8;
    case UINT8:
      return DType::UInt8;
    case INT16:
      return DType::Int16;
    case INT32:
      return DType::Int32;
    case INT64:
      return DType::Int64;
    case BOOL:
      return DType::Bool;
    case STRING:
    case COMPLEX64:
    case COMPLEX128:
    case UINT64:
    case RESOURCE:
    case VARIANT:
    case UINT32:
    case UINT16:
    case INT4:
    case BFLOAT16:
      return std::nullopt;
  }
  return std::nullopt;
}

Result<std::vector<StoredTensor>> read_tensors(const File& file, const schema::SubGraph& subgraph) {
  std::vector<StoredTensor> tensors;
  tensors.reserve(size_of(subgraph.tensors()));
  for (std::size_t i = 0; i < size_of(subgraph.tensors()); ++i) {
    const auto& source = *subgraph.tensors()->Get(static_cast<flatbuffers::uoffset_t>(i));
    TILEWRIGHT_TRY(StoredTensor tensor, read_tensor(file, source, i));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace tilewright::importer::tflite
