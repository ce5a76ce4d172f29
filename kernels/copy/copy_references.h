// SPDX-License-Identifier: Apache-2.0
// The oracles of the copy family.
#pragma once

#include "kernels/copy/copy.h"

namespace tilewright::kernels {

void run_transpose_reference(const KernelArgs& args);
void run_reshape_reference(const KernelArgs& args);
void run_broadcast_reference(const KernelArgs& args);
void run_slice_reference(const KernelArgs& args);
void run_concat_reference(const KernelArgs& args);
void run_pad_reference(const KernelArgs& args);
void run_gather_reference(const KernelArgs& args);
void run_depth_to_space_reference(const KernelArgs& args);
void run_space_to_depth_reference(const KernelArgs& args);
void run_cast_reference(const KernelArgs& args);

}  // namespace tilewright::kernels
