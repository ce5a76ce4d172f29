// SPDX-License-Identifier: Apache-2.0
// Ops on constants, computed at import: shape arithmetic and weights that a file makes from smaller
// ones. The values of floats are computed in double and rounded once.
#pragma once

#include <span>

#include "tilewright/ops.h"
#include "tilewright/status.h"
#include "tilewright/tensor.h"

#include "lib/import/known_tensor.h"

namespace tilewright::importer {

/// Whether `fold` computes this op.
[[nodiscard]] bool is_foldable(const Op& op);

/// The output of a foldable op. Operands and `dst` are as `kernels::infer_output` accepts and gives
/// them; indices of a Gather are in range. Errors: InvalidModel, for an integer division by 0.
[[nodiscard]] Result<Tensor> fold(const Op& op, std::span<const Tensor* const> src,
                                  const TensorSpec& dst);

/// Reads `src` through strides (in elements, one per dimension of `shape`, may be 0 or negative),
/// from element `begin` on.
[[nodiscard]] Tensor strided_copy(const Tensor& src, const Shape& shape, std::int64_t begin,
                                  const Axes& strides);

/// Distance in elements between neighbours of each dimension of a dense tensor.
[[nodiscard]] Axes dense_strides(const Shape& shape);

/// Strides that repeat a dense tensor of `shape` over `to`, to which it broadcasts.
[[nodiscard]] Axes broadcast_strides(const Shape& shape, const Shape& to);

/// The parts of `fold`, by family.
[[nodiscard]] Result<Tensor> fold_arithmetic(const Op& op, std::span<const Tensor* const> src,
                                             const TensorSpec& dst);

}  // namespace tilewright::importer
