// SPDX-License-Identifier: Apache-2.0
// Tensors whose elements are known at import: checked TensorProtos, and what is computed from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/status.h"
#include "tilewright/tensor.h"

#include "lib/import/onnx_model.h"

namespace tilewright::importer::onnx {

/// Dense elements, innermost dimension last, of any alignment. `owner` keeps `bytes` alive and is
/// shared by all tensors that show the same bytes; null if they lie in the file being imported.
struct Tensor {
  DType dtype = DType::Float32;
  Shape shape;
  std::shared_ptr<const std::vector<std::byte>> owner;
  std::span<const std::byte> bytes;
};

/// A tensor that owns `bytes`; their number must be that of dtype and shape.
[[nodiscard]] Tensor make_tensor(DType dtype, const Shape& shape, std::vector<std::byte> bytes);
[[nodiscard]] Tensor make_tensor(const Shape& shape, std::span<const float> elements);
[[nodiscard]] Tensor make_tensor(const Shape& shape, std::span<const std::int64_t> elements);

/// The elements as integers; the dtype must be an integer or Bool.
[[nodiscard]] std::vector<std::int64_t> integers(const Tensor& tensor);
/// The elements as doubles, of any dtype.
[[nodiscard]] std::vector<double> reals(const Tensor& tensor);
[[nodiscard]] bool is_integer(DType dtype);

/// The numbers as elements of `dtype`, saturated to its range; NaN becomes 0 in an integer.
[[nodiscard]] Tensor from_integers(DType dtype, const Shape& shape,
                                   std::span<const std::int64_t> elements);
[[nodiscard]] Tensor from_reals(DType dtype, const Shape& shape, std::span<const double> elements);

/// Our name of onnx.proto's TensorProto.DataType; empty if Tilewright has no such element type.
[[nodiscard]] std::optional<DType> dtype_of(std::int64_t data_type);
/// onnx.proto's name of the type: `bfloat16`; `type 99` for an unknown one.
[[nodiscard]] std::string data_type_name(std::int64_t data_type);

/// Checks what the message claims: known type, extents of at least 0 that do not overflow, and
/// exactly the elements that the extents ask for, in the one field of that type. External data are
/// checked by `read_external`. Errors: InvalidModel, beginning with `where`.
[[nodiscard]] Status check_tensor(const TensorProto& proto, std::string_view where);

/// The elements of a checked message. `folder` is where external data may lie.
/// Errors: Unsupported for element types and ranks that Tilewright lacks; those of `read_external`.
[[nodiscard]] Result<Tensor> read_tensor(const TensorProto& proto, const std::string& folder,
                                         std::string_view where);

}  // namespace tilewright::importer::onnx
