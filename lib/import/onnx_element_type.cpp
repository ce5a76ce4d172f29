// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_element_type.h"

#include <cstddef>
#include <iterator>

namespace tilewright::importer::onnx {
namespace {

// In the order of TensorProto.DataType, from 1.
constexpr ElementType kElementTypes[] = {
    {"float32", 32, ElementField::Floats, 1, DType::Float32},
    {"uint8", 8, ElementField::Int32s, 1, DType::UInt8},
    {"int8", 8, ElementField::Int32s, 1, DType::Int8},
    {"uint16", 16, ElementField::Int32s, 1, std::nullopt},
    {"int16", 16, ElementField::Int32s, 1, DType::Int16},
    {"int32", 32, ElementField::Int32s, 1, DType::Int32},
    {"int64", 64, ElementField::Int64s, 1, DType::Int64},
    {"string", 0, ElementField::Strings, 1, std::nullopt},
    {"bool", 8, ElementField::Int32s, 1, DType::Bool},
    {"float16", 16, ElementField::Int32s, 1, DType::Float16},
    {"float64", 64, ElementField::Doubles, 1, DType::Float64},
    {"uint32", 32, ElementField::Uint64s, 1, std::nullopt},
    {"uint64", 64, ElementField::Uint64s, 1, std::nullopt},
    {"complex64", 64, ElementField::Floats, 2, std::nullopt},
    {"complex128", 128, ElementField::Doubles, 2, std::nullopt},
    {"bfloat16", 16, ElementField::Int32s, 1, std::nullopt},
    {"float8e4m3fn", 8, ElementField::Int32s, 1, std::nullopt},
    {"float8e4m3fnuz", 8, ElementField::Int32s, 1, std::nullopt},
    {"float8e5m2", 8, ElementField::Int32s, 1, std::nullopt},
    {"float8e5m2fnuz", 8, ElementField::Int32s, 1, std::nullopt},
    {"uint4", 4, ElementField::Int32s, 1, std::nullopt},
    {"int4", 4, ElementField::Int32s, 1, std::nullopt},
    {"float4e2m1", 4, ElementField::Int32s, 1, std::nullopt},
};

}  // namespace

const ElementType* element_type(std::int64_t data_type) {
  if (data_type < 1 || data_type > std::ssize(kElementTypes)) return nullptr;
  return &kElementTypes[static_cast<std::size_t>(data_type - 1)];
}

}  // namespace tilewright::importer::onnx
