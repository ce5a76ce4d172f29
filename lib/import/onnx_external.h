// SPDX-License-Identifier: Apache-2.0
// Elements that lie in a file beside the model. Only files below the model's folder are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/status.h"

#include "lib/import/onnx_model.h"

namespace tilewright::importer::onnx {

/// Checks the entries as text: a location that is relative and has no "..", offset and length that
/// are numbers. Errors: InvalidModel, beginning with `where`.
[[nodiscard]] Status check_external_path(const std::vector<StringPair>& entries,
                                         std::string_view where);

/// Reads `size_bytes` bytes as checked `entries` say. The path with all links resolved must still
/// be below `folder` and lead to a regular file of at most `kMaxModelBytes`, and offset and length
/// must fit it. Errors: InvalidModel; NotFound; IoError; ResourceExhausted; all begin with `where`.
[[nodiscard]] Result<std::vector<std::byte>> read_external(const std::vector<StringPair>& entries,
                                                           const std::string& folder,
                                                           std::int64_t size_bytes,
                                                           std::string_view where);

}  // namespace tilewright::importer::onnx
