// SPDX-License-Identifier: Apache-2.0
// The generated kernels of normalisations.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Where the power's base is never negative.
[[nodiscard]] bool local_response_rows_support(const Call& call, const Kernel& kernel);
[[nodiscard]] std::int64_t local_response_scratch_bytes(const Call& call, const Kernel& kernel,
                                                        const KernelConfig& config);
void run_local_response_rows(const KernelArgs& args);

[[nodiscard]] bool layer_norm_rows_support(const Call& call, const Kernel& kernel);
void run_layer_norm_rows(const KernelArgs& args);

}  // namespace tilewright::kernels
