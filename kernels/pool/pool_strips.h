// SPDX-License-Identifier: Apache-2.0
// The generated kernels of pooling.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

[[nodiscard]] bool pool_strips_support(const Call& call, const Kernel& kernel);
void run_pool_strips(const KernelArgs& args);

}  // namespace tilewright::kernels
