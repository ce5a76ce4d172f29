// SPDX-License-Identifier: Apache-2.0
// The generated kernels of reductions, over at most two dimensions.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Where the innermost dimension stays.
[[nodiscard]] bool reduce_columns_support(const Call& call, const Kernel& kernel);
void run_reduce_columns(const KernelArgs& args);

/// Where the innermost dimension is reduced.
[[nodiscard]] bool reduce_rows_support(const Call& call, const Kernel& kernel);
void run_reduce_rows(const KernelArgs& args);

}  // namespace tilewright::kernels
