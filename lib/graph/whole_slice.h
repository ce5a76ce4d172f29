// SPDX-License-Identifier: Apache-2.0
// Where importers and passes begin to cut.
#pragma once

#include "tilewright/ops.h"

namespace tilewright::graph {

/// All of a tensor of this shape.
[[nodiscard]] inline Slice whole_slice(const Shape& shape) {
  Slice slice;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    slice.size[i] = shape[axis];
    slice.step[i] = 1;
  }
  return slice;
}

}  // namespace tilewright::graph
