// SPDX-License-Identifier: Apache-2.0
// The oracles of the int8 dot family.
#pragma once

#include "kernels/kernel.h"

namespace tilewright::kernels {

void run_conv2d_i8_reference(const KernelArgs& args);
void run_fully_connected_i8_reference(const KernelArgs& args);

/// What they read beside their operands: `rescaling_of`, then the multiplier of each column.
[[nodiscard]] std::int64_t i8_reference_bytes(const Call& call, const Kernel& kernel,
                                              const KernelConfig& config);
void pack_i8_reference(const Call& call, const Kernel& kernel, const KernelConfig& config,
                       std::span<const std::byte* const> constants, std::byte* packed);

}  // namespace tilewright::kernels
