// SPDX-License-Identifier: Apache-2.0
// Shape arithmetic: files compute shapes by small integer tensors, which must be known before the
// ops that read them can be checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lib/graph/graph.h"

namespace tilewright::importer::tflite {

/// Tensors of more elements than this are data, not shapes, and are not folded.
inline constexpr std::int64_t kMaxFoldedElements = 1024;

struct IntegerTensor {
  Shape shape;
  std::vector<std::int64_t> elements;
};

/// The elements of a constant of int32 or int64 with at most `kMaxFoldedElements`; none for others.
[[nodiscard]] std::optional<IntegerTensor> integer_constant(const graph::Graph& graph,
                                                            graph::ValueId id);

/// The elements that `op` gives for `src`, in the order of `dst`, which is what
/// `kernels::infer_output` gives for them. None if the op is not one of shape arithmetic, divides
/// by 0, or leaves the range of its dtype.
[[nodiscard]] std::optional<std::vector<std::int64_t>> fold_integers(
    const Op& op, std::span<const IntegerTensor> src, const TensorSpec& dst);

/// The bytes of `elements` as `dtype`, which is int32 or int64.
[[nodiscard]] std::vector<std::byte> integer_bytes(std::span<const std::int64_t> elements,
                                                   DType dtype);

}  // namespace tilewright::importer::tflite
