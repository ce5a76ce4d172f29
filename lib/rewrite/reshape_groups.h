// SPDX-License-Identifier: Apache-2.0
// Which dimensions a reshape splits and merges.
#pragma once

#include <optional>

#include "lib/rewrite/permutation.h"

namespace tilewright::rewriting {

/// What a reshape becomes before a transpose instead of after it.
struct ReorderedReshape {
  Shape shape;
  Permutation order;
};

/// reshape(transposed(x, order), dst) = transposed(reshape(x, shape), order'), where `src` is the
/// shape of transposed(x, order). The reshape is cut into groups of dimensions that are split or
/// merged among themselves:
///
///   src  n | c     | h | w        x is n h w c, order 0 3 1 2
///   dst  n | g  k  | h | w        so shape is n h w g k, order 0 3 4 1 2
///
/// Nothing, if a group's dimensions are not neighbours in x, or there are no elements.
[[nodiscard]] std::optional<ReorderedReshape> reshape_in_order(const Shape& src, const Shape& dst,
                                                               const Permutation& order);

}  // namespace tilewright::rewriting
