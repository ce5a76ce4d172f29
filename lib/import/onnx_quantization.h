// SPDX-License-Identifier: Apache-2.0
// The claims of quantised files, checked though their ops are not imported.
#pragma once

#include "tilewright/status.h"

#include "lib/import/onnx_model.h"

namespace tilewright::importer::onnx {

/// Checks the constant scales and zero points of QuantizeLinear and DequantizeLinear: finite scales
/// above 0, one or one per index of the axis of a constant input, and zero points of the same
/// number. Errors: InvalidModel, naming node and input.
[[nodiscard]] Status check_quantization(const GraphProto& graph);

}  // namespace tilewright::importer::onnx
