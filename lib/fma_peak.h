// SPDX-License-Identifier: Apache-2.0
// The most floating-point operations a core does: chains of fused multiply-adds in registers.
#pragma once

#include <cstdint>
#include <functional>

#include "tilewright/platform.h"

namespace tilewright {

/// Floating-point operations of one call of `spin_fma`.
[[nodiscard]] double spin_flops(Isa isa);

/// Runs independent chains of multiply-adds on the widest vectors of `isa`, which the machine must
/// have. The result only keeps the work alive.
float spin_fma(Isa isa);

/// Seconds of the shortest of many runs: one of them is undisturbed.
[[nodiscard]] double shortest_seconds(const std::function<void()>& run);

/// GFLOP/s of this core on `isa`: the best of a few milliseconds of `spin_fma`.
[[nodiscard]] double fma_peak_gflops(Isa isa);

}  // namespace tilewright
