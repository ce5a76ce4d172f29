// SPDX-License-Identifier: Apache-2.0
// The fast kernels of resizing: lines of output pixels, with the columns they read in a table that
// each call fills once into its scratch.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

/// Moves whole pixels, of any dtype.
[[nodiscard]] bool nearest_supports(const Call& call, const Kernel& kernel);
[[nodiscard]] std::int64_t nearest_scratch_bytes(const Call& call, const Kernel& kernel,
                                                 const KernelConfig& config);
void run_nearest_lines(const KernelArgs& args);

[[nodiscard]] bool bilinear_supports(const Call& call, const Kernel& kernel);
[[nodiscard]] std::int64_t bilinear_scratch_bytes(const Call& call, const Kernel& kernel,
                                                  const KernelConfig& config);
void run_bilinear_lines(const KernelArgs& args);

}  // namespace tilewright::kernels
