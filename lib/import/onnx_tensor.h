// SPDX-License-Identifier: Apache-2.0
// The tensors of an .onnx file: TensorProtos, checked and read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tilewright/status.h"
#include "tilewright/tensor.h"

#include "lib/import/known_tensor.h"
#include "lib/import/onnx_model.h"

namespace tilewright::importer::onnx {

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
