// SPDX-License-Identifier: Apache-2.0
// From protobuf bytes to the plain values of onnx_model.h.
#pragma once

#include <cstddef>
#include <span>

#include "tilewright/status.h"

#include "lib/import/onnx_model.h"
#include "lib/import/onnx_wire.h"

namespace tilewright::importer::onnx {

/// Decodes a ModelProto. Fields that onnx_model.h lacks are stepped over. The result keeps spans
/// into `bytes`. Memory is at most a small multiple of the file: a packed number of one byte takes
/// eight.
///
/// Errors: InvalidModel, with the place in the file; ResourceExhausted above `kMaxMessageBytes`.
[[nodiscard]] Result<ModelProto> decode_model(std::span<const std::byte> bytes);

/// Decodes a TensorProto, the message inside `field`.
[[nodiscard]] Result<TensorProto> decode_tensor(const WireField& field);

}  // namespace tilewright::importer::onnx
