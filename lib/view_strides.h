// SPDX-License-Identifier: Apache-2.0
// Views by strides: which reshapes and transposes of a tensor lie on its own bytes. Kernels take
// any strides but that of the innermost dimension, which is 1. Here even the innermost dimension of
// more than one cell has stride 1, or rows would be single elements; dimensions of one cell get the
// stride that they would have in a dense tensor.
#pragma once

#include <optional>

#include "kernels/kernel.h"

namespace tilewright {

/// The strides of a tensor of shape `from`, seen as one of shape `to`; nothing if a dimension of
/// `to` would need two strides. Both have the same number of elements, at least one. Dimensions
/// that are dense within each other are merged first, and those of `to` cut from the merged.
[[nodiscard]] std::optional<kernels::Strides> reshaped_strides(const Shape& from,
                                                               const kernels::Strides& strides,
                                                               const Shape& to);

/// The strides of the output, of shape `to`, of a transpose; nothing if another dimension would be
/// the innermost.
[[nodiscard]] std::optional<kernels::Strides> transposed_strides(const Shape& to,
                                                                 const kernels::Strides& strides,
                                                                 const Transpose& transpose);

/// The strides of the input, of shape `from`, of a transpose whose output has `strides`; nothing if
/// another dimension would be the innermost.
[[nodiscard]] std::optional<kernels::Strides> untransposed_strides(const Shape& from,
                                                                   const kernels::Strides& strides,
                                                                   const Transpose& transpose);

}  // namespace tilewright
