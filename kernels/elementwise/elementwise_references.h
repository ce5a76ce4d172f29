// SPDX-License-Identifier: Apache-2.0
// The oracles of the elementwise family.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

void run_activate_reference(const KernelArgs& args);
void run_unary_reference(const KernelArgs& args);
void run_binary_reference(const KernelArgs& args);

/// float32 and every kind; or int32 and int64, without activation, for Add, Sub, Mul, Div, Max and
/// Min.
[[nodiscard]] bool binary_reference_supports(const Call& call, const Kernel& kernel);

}  // namespace tilewright::kernels
