// SPDX-License-Identifier: Apache-2.0
// The structural claims of a decoded file, all checked before any op is looked at: versions, names,
// tensors, attributes, and that every value is made exactly once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/status.h"

#include "lib/import/onnx_model.h"

namespace tilewright::importer::onnx {

/// Operator sets of the domain ai.onnx that are imported.
inline constexpr std::int64_t kMinOpset = 7;
inline constexpr std::int64_t kMaxOpset = 21;
/// Format versions known; before 3 the fields had other meanings.
inline constexpr std::int64_t kMinIrVersion = 3;
inline constexpr std::int64_t kMaxIrVersion = 14;

/// Checks everything but the order of nodes and the meaning of ops.
/// Errors: InvalidModel, "onnx: node 'a' (Add): expected ..., got ...".
[[nodiscard]] Status check_model(const ModelProto& model);

/// Positions of `graph.nodes` such that each node comes after those whose outputs it reads; the
/// order of the file where that is one. The graph must have passed `check_model`. Errors:
/// InvalidModel, naming a node, if the graph has a cycle.
[[nodiscard]] Result<std::vector<std::size_t>> execution_order(const GraphProto& graph);

/// The version of the ai.onnx operators of a checked model. Errors: Unsupported, outside kMinOpset
/// to kMaxOpset or of an unknown format version.
[[nodiscard]] Result<int> supported_opset(const ModelProto& model);

/// Whether the domain is that of ONNX itself: "" or "ai.onnx".
[[nodiscard]] bool is_onnx_domain(std::string_view domain);

/// `node 'stem' (Conv)`; the first output stands in for a missing name.
[[nodiscard]] std::string describe(const NodeProto& node);

}  // namespace tilewright::importer::onnx
