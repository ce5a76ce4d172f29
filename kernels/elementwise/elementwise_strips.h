// SPDX-License-Identifier: Apache-2.0
// The generated kernels of the elementwise family.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Every kind.
void run_activate_strips(const KernelArgs& args);
/// Every kind but Sin and Cos.
void run_unary_strips(const KernelArgs& args);
[[nodiscard]] bool unary_strips_support(const Call& call, const Kernel& kernel);
/// Every kind but Pow.
void run_binary_strips(const KernelArgs& args);
[[nodiscard]] bool binary_strips_support(const Call& call, const Kernel& kernel);

}  // namespace tilewright::kernels
