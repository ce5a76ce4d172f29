// SPDX-License-Identifier: Apache-2.0
// The generated kernels of softmax.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

[[nodiscard]] bool softmax_strips_support(const Call& call, const Kernel& kernel);
/// Along an outer dimension, all rows that share a sum go together.
[[nodiscard]] std::int64_t softmax_granule(const Call& call, const Kernel& kernel,
                                           const KernelConfig& config);
[[nodiscard]] std::int64_t softmax_scratch_bytes(const Call& call, const Kernel& kernel,
                                                 const KernelConfig& config);
void run_softmax_strips(const KernelArgs& args);

}  // namespace tilewright::kernels
