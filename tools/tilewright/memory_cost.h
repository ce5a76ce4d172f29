// SPDX-License-Identifier: Apache-2.0
// What memory costs in time: what a limit costs, and the curve of time over memory.
#pragma once

#include <cstddef>
#include <string>

#include "lib/memory_fit.h"
#include "tools/tilewright/command.h"

namespace tilewright::tool {

/// What the time of `ops` rests on: "analytic", "measured", "measured 3 of 9".
[[nodiscard]] std::string time_source(std::size_t measured_ops, std::size_t ops);

/// Adds what keeping a limit costs, as against no limit.
void add_memory_fit(const MemoryFit& fit, Outcome& outcome);

/// Adds what each byte of memory buys, kernels, strips and plan chosen together. Errors: those of
/// loading and `latency_memory_curve`.
[[nodiscard]] Status add_curve(const CommonOptions& common, Outcome& outcome);

}  // namespace tilewright::tool
