// SPDX-License-Identifier: Apache-2.0
// The ONNX operators that are imported. An operator is added by one entry here and one function.
#pragma once

#include <cstddef>
#include <string_view>

#include "tilewright/status.h"

#include "lib/import/onnx_node.h"

namespace tilewright::importer::onnx {

inline constexpr std::size_t kAnyCount = static_cast<std::size_t>(-1);

struct OpImporter {
  std::string_view op_type;
  std::size_t min_inputs, max_inputs;  // the first `min_inputs` must be there
  std::string_view
      attributes;  // all that are understood, of all operator sets, separated by spaces
  Result<Outputs> (*import)(NodeImport&);
};

/// Null if the operator is not imported.
[[nodiscard]] const OpImporter* find_importer(std::string_view op_type);

}  // namespace tilewright::importer::onnx
