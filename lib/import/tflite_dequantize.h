// SPDX-License-Identifier: Apache-2.0
// Constants that are stored in fewer bits than the network computes with.
#pragma once

#include <string_view>

#include "lib/import/tflite_operator.h"

namespace tilewright::importer::tflite {

/// int8, uint8 or int16 with a scale.
[[nodiscard]] bool is_scaled(const TensorSpec& spec);

/// The real numbers of a constant that is float16 or `is_scaled`, as float32.
/// Errors: ResourceExhausted.
[[nodiscard]] Result<ValueId> dequantized(OperatorReader& op, ValueId constant,
                                          std::string_view suffix);

}  // namespace tilewright::importer::tflite
