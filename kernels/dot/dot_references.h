// SPDX-License-Identifier: Apache-2.0
// The oracles of the dot family.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

void run_conv2d_reference(const KernelArgs& args);
void run_fully_connected_reference(const KernelArgs& args);
void run_matmul_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
