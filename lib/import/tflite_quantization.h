// SPDX-License-Identifier: Apache-2.0
// Quantisation parameters of tensors.
#pragma once

#include <string>

#include "tilewright/tensor.h"

#include "lib/import/tflite_file.h"

namespace tilewright::importer::tflite {

/// Reads and checks the parameters of a tensor of `type` and `shape`. No parameters, or none with a
/// scale, give an empty `Quantization`.
///
/// Errors: InvalidModel, beginning with `where`, if counts, values or the dimension cannot be.
[[nodiscard]] Result<Quantization> read_quantization(
    const schema::QuantizationParameters* parameters, schema::TensorType type, const Shape& shape,
    const std::string& where);

}  // namespace tilewright::importer::tflite
