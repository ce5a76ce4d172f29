// SPDX-License-Identifier: Apache-2.0
// What generators promise about their operands.
#pragma once

#include <Halide.h>

namespace tilewright::kernels::generators {

/// Every dimension of `buffer` begins at 0; the first is dense.
template <typename Buffer>
void describe_rows(Buffer& buffer) {
  buffer.dim(0).set_stride(1);
  for (int i = 0; i < buffer.dimensions(); ++i)
    buffer.dim(i).set_min(0);
}

}  // namespace tilewright::kernels::generators
