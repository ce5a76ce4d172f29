// SPDX-License-Identifier: Apache-2.0
// The fast kernels of the copy family: boxes of rows, copied as strided views.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

void run_transpose_boxes(const KernelArgs& args);
void run_broadcast_boxes(const KernelArgs& args);
void run_slice_boxes(const KernelArgs& args);
void run_concat_boxes(const KernelArgs& args);
void run_depth_to_space_boxes(const KernelArgs& args);
void run_space_to_depth_boxes(const KernelArgs& args);
void run_pad_boxes(const KernelArgs& args);
/// Whether `call` is a gather that `run_gather_rows` computes.
[[nodiscard]] bool gather_moves(const Call& call, const Kernel& kernel);
void run_gather_rows(const KernelArgs& args);
void run_reshape_runs(const KernelArgs& args);
void run_cast_strips(const KernelArgs& args);

}  // namespace tilewright::kernels
