// SPDX-License-Identifier: Apache-2.0
// The oracle of the depthwise family.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

void run_depthwise_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
