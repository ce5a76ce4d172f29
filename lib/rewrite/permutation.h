// SPDX-License-Identifier: Apache-2.0
// Orders of dimensions: dimension i of a transposed tensor is dimension `order[i]` of the original.
#pragma once

#include <cstdint>
#include <vector>

#include "tilewright/tensor.h"

#include "lib/graph/graph.h"

namespace tilewright::rewriting {

using Permutation = std::vector<int>;

[[nodiscard]] Permutation identity_permutation(int rank);
/// The permutation of a Transpose node whose input has this rank.
[[nodiscard]] Permutation permutation_of(const graph::Node& transpose, int rank);
[[nodiscard]] Transpose transpose_op(const Permutation& order);

[[nodiscard]] bool is_identity(const Permutation& order);
[[nodiscard]] Permutation inverse(const Permutation& order);
/// First `first`, then `second`.
[[nodiscard]] Permutation then(const Permutation& first, const Permutation& second);

[[nodiscard]] Shape permuted(const Shape& shape, const Permutation& order);
/// Whether transposing a tensor of this shape leaves its elements where they are in memory.
[[nodiscard]] bool keeps_element_order(const Permutation& order, const Shape& shape);

}  // namespace tilewright::rewriting
