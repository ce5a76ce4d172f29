// SPDX-License-Identifier: Apache-2.0
// The op list of a model file as it stands there, for those who want to change its order and
// nothing else: what each op reads and writes, and the same file with its ops in another order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tilewright/status.h"

#include "lib/import/import.h"

namespace tilewright::importer {

struct ListedTensor {
  std::string name;
  std::int64_t bytes = 0;
  bool input = false;
  bool output = false;
  bool constant = false;  // or state that outlives a run: it has no place among the activations
};

/// Positions of tensors and of ops in the lists.
struct ListedOp {
  std::string name;
  std::vector<std::size_t> reads, writes;  // each at most once
  std::vector<std::size_t> after;  // ops with effects besides their results, in the file's order
};

struct OpList {
  std::vector<ListedTensor> tensors;
  std::vector<ListedOp> ops;
};

/// The list of the first subgraph, tensors in the file's order. Operators need not be ones that are
/// imported. Errors: InvalidModel; Unsupported, for a tensor whose bytes cannot be told, or control
/// dependencies that name operators by their positions.
[[nodiscard]] Result<OpList> tflite_op_list(std::span<const std::byte> bytes);

/// The list of the graph. Errors: those of import_onnx, which infers the shapes.
[[nodiscard]] Result<OpList> onnx_op_list(std::span<const std::byte> bytes,
                                          const ImportOptions& options);

/// The file with operator `order[i]` of the first subgraph in place i: the same bytes but for the
/// vector of operators. `order` is a permutation. Errors: those of import_tflite's structure, if
/// the order breaks it.
[[nodiscard]] Result<std::vector<std::byte>> tflite_in_order(std::span<const std::byte> bytes,
                                                             std::span<const std::size_t> order);

/// The file with node `order[i]` in place i: the same bytes but for the order of the nodes' fields.
[[nodiscard]] Result<std::vector<std::byte>> onnx_in_order(std::span<const std::byte> bytes,
                                                           std::span<const std::size_t> order);

/// Whether a .tflite file holds an offline plan for TFLM. Errors: InvalidModel.
[[nodiscard]] Result<bool> has_offline_plan(std::span<const std::byte> bytes);

/// A .tflite file with an offline plan for TFLM, which replaces the one it has: the offset in the
/// arena of each tensor of the first subgraph, or none for what TFLM places itself. All else stands
/// as before, behind a new root. Source: tflite-micro, docs/memory_management.md, "Offline planned
/// tensor allocations".
///
/// Errors: InvalidArgument, for an offset that TFLM's 32 bits do not hold; Unsupported, for files
/// that keep data behind the flatbuffer or tables of a newer format.
[[nodiscard]] Result<std::vector<std::byte>> tflite_with_offline_plan(
    std::span<const std::byte> bytes, std::span<const std::optional<std::int64_t>> offsets);

}  // namespace tilewright::importer
