// SPDX-License-Identifier: Apache-2.0
// Shape arithmetic: files compute shapes by small integer tensors, which must be known before the
// ops that read them can be checked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tilewright/status.h"

#include "lib/graph/graph.h"
#include "lib/import/known_tensor.h"

namespace tilewright::importer::tflite {

/// Tensors of more elements than this are data, not shapes, and are not folded.
inline constexpr std::int64_t kMaxFoldedElements = 1024;

/// A constant of any type and size; it shows the bytes of the graph. None for other values.
[[nodiscard]] std::optional<Tensor> known_tensor(const graph::Graph& graph, graph::ValueId id);

/// The same, if it is of int32 or int64 and has at most `kMaxFoldedElements`.
[[nodiscard]] std::optional<Tensor> integer_constant(const graph::Graph& graph, graph::ValueId id);

/// The output of `op`, if all its inputs and `dst`, which `kernels::infer_output` gives for them,
/// are small integer tensors and `fold` computes it; else none. Errors: those of `fold`.
[[nodiscard]] Result<std::optional<Tensor>> fold_integers(const graph::Graph& graph, const Op& op,
                                                          std::span<const graph::ValueId> src,
                                                          const TensorSpec& dst);

}  // namespace tilewright::importer::tflite
