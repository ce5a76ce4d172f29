// SPDX-License-Identifier: Apache-2.0
// How a transpose and an op change places.
#pragma once

#include <optional>

#include "tilewright/ops.h"
#include "tilewright/tensor.h"

#include "lib/rewrite/permutation.h"

namespace tilewright::rewriting {

/// An op on the other side of a transpose, and the transpose's order there.
struct Crossing {
  Op op;
  Permutation order;
};

/// op(transposed(x, order)) = transposed(crossing.op(x), crossing.order), where `src` is the shape
/// of transposed(x, order) and `dst` that of the result. For ops of several inputs all are
/// transposed alike. Nothing, if the op does not allow it.
[[nodiscard]] std::optional<Crossing> sink_through(const Op& op, const Permutation& order,
                                                   const Shape& src, const Shape& dst);

/// transposed(op(x), order) = crossing.op(transposed(x, crossing.order)), where `src` is the shape
/// of x and `dst` that of op(x).
[[nodiscard]] std::optional<Crossing> hoist_through(const Op& op, const Permutation& order,
                                                    const Shape& src, const Shape& dst);

}  // namespace tilewright::rewriting
