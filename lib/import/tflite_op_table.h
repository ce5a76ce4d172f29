// SPDX-License-Identifier: Apache-2.0
// Which operators of the .tflite format are imported, and by which function.
#pragma once

#include <cstddef>

#include "lib/import/tflite_operator.h"

namespace tilewright::importer::tflite {

inline constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

/// Operands from `min_inputs` on may be left out, unless their number is open.
struct OperatorRule {
  schema::BuiltinOperator op;
  std::size_t min_inputs, max_inputs;
  std::size_t max_outputs;
  Status (*convert)(OperatorReader& op);
};

/// Null if the operator is not imported.
[[nodiscard]] const OperatorRule* find_rule(schema::BuiltinOperator op);

/// Operators whose outputs have shapes that the file cannot know: what reads them is not checked.
[[nodiscard]] bool has_unknown_shapes(schema::BuiltinOperator op);

}  // namespace tilewright::importer::tflite
