// SPDX-License-Identifier: Apache-2.0
// The model file (.tw): a rewritten graph and its weights. Little-endian; offsets from the start:
//
//   0   "TWMODL\r\n"        the line end shows transfers that changed it
//   8   u32 file version, u32 op codec version
//   16  u64 bytes of structure, u64 checksum of structure, u64 bytes of constants
//   40  structure: values (spec, offset of the constant), nodes, inputs, outputs
//   ..  zeros up to a multiple of 64, then constants, each at a multiple of 64: a mapped file is
//       used in place
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "tilewright/status.h"

#include "lib/graph/graph.h"

namespace tilewright::graph {

inline constexpr std::uint32_t kModelFileVersion = 1;
/// Largest model file that is read.
inline constexpr std::int64_t kMaxModelFileBytes = std::int64_t{1} << 38;

/// Constants that share their bytes are written once. Errors: ResourceExhausted, for a graph with
/// more values or nodes than a reader accepts.
[[nodiscard]] Result<std::vector<std::byte>> write_model(const Graph& graph);

/// Reads and checks a model: the graph obeys the law and its weights are constants (verify.h). Its
/// constants stay where they are: `owner` keeps `bytes` alive, which must be aligned to
/// kTensorAlignment. Errors: InvalidModel; Unsupported, for another version.
[[nodiscard]] Result<Graph> read_model(std::span<const std::byte> bytes,
                                       const std::shared_ptr<const void>& owner);

/// Whether `bytes` begin as a model file does.
[[nodiscard]] bool is_model_file(std::span<const std::byte> bytes);

}  // namespace tilewright::graph
