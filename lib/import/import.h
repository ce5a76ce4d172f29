// SPDX-License-Identifier: Apache-2.0
// Model files to graphs. Which format it is, is told by content. Nothing of the file is believed
// before it is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tilewright/model.h"
#include "tilewright/status.h"

#include "lib/graph/graph.h"

namespace tilewright::importer {

struct ImportOptions {
  /// Shapes of inputs whose dimensions the file leaves free.
  std::span<const InputShape> shapes;
  /// Folder of the model file (`folder_of` its path), for external data; empty if the model came
  /// from memory: external data is then refused.
  std::string folder;
};

/// Largest model file that is read. Larger ones give ResourceExhausted.
inline constexpr std::int64_t kMaxModelBytes = std::int64_t{1} << 32;

/// The folder that the file at `path` lies in; never empty.
[[nodiscard]] std::string folder_of(const std::string& path);

enum class ModelFormat : std::uint8_t { Tflite, Onnx };

/// The format of a model file, told by its content. Errors: InvalidModel, for another format;
/// ResourceExhausted, above kMaxModelBytes.
[[nodiscard]] Result<ModelFormat> model_format(std::span<const std::byte> bytes);

/// Reads a .tflite or .onnx file from memory. `bytes` may go away after the call: constants are
/// copied.
///
/// Checked in this order: the container, then every structural claim (indices, ranks, sizes, buffer
/// bounds, cycles, dtypes, quantisation parameters) of the whole file, then whether each op and
/// attribute is supported. Errors: InvalidModel, names the place and the defect; Unsupported, names
/// op, node and attribute; InvalidArgument, for a free dimension that `shapes` does not set, naming
/// it and the flag to give.
[[nodiscard]] Result<graph::Graph> import_model(std::span<const std::byte> bytes,
                                                const ImportOptions& options);

[[nodiscard]] Result<graph::Graph> import_tflite(std::span<const std::byte> bytes,
                                                 const ImportOptions& options);
[[nodiscard]] Result<graph::Graph> import_onnx(std::span<const std::byte> bytes,
                                               const ImportOptions& options);

}  // namespace tilewright::importer
