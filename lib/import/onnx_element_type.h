// SPDX-License-Identifier: Apache-2.0
// onnx.proto's TensorProto.DataType as a table: the field of the message that holds the elements,
// and their size.
#pragma once

#include <cstdint>
#include <optional>

#include "tilewright/tensor.h"

namespace tilewright::importer::onnx {

enum class ElementField : std::uint8_t { Floats, Int32s, Int64s, Doubles, Uint64s, Strings };

struct ElementType {
  const char* name;
  int bits;            // of one element in raw_data; 0 for strings
  ElementField field;  // where elements stand that are not raw
  int numbers;         // of that field, for one element: 2 for complex types
  std::optional<DType> dtype;
};

/// Null if onnx.proto has no such type.
[[nodiscard]] const ElementType* element_type(std::int64_t data_type);

}  // namespace tilewright::importer::onnx
