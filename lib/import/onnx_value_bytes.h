// SPDX-License-Identifier: Apache-2.0
// How many bytes the values of an .onnx file take, which the file itself need not say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "lib/import/import.h"

namespace tilewright::importer::onnx {

/// Bytes of each value by its name; constants, what is computed from constants alone and results
/// that nobody uses are left out. Errors: those of import_onnx.
[[nodiscard]] Result<std::map<std::string, std::int64_t>> value_bytes(
    std::span<const std::byte> bytes, const ImportOptions& options);

}  // namespace tilewright::importer::onnx
