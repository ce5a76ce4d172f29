// SPDX-License-Identifier: Apache-2.0
// NEON permutes no vector wider than four floats: single elements are as fast.
#include "kernels/copy/gather_rows.h"

namespace tilewright::kernels {

std::span<const Kernel> vector_gather_kernels() {
  return {};
}

}  // namespace tilewright::kernels
