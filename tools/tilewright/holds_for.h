// SPDX-License-Identifier: Apache-2.0
// The model that printed numbers hold for: what was counted, and how.
#pragma once

#include <cstdint>
#include <string>

#include "scheduler/problem.h"

namespace tilewright::tool {

/// One line on rounding, lifetimes, in-place pairs, scratch, fixed offsets, and with two banks or
/// more on execution and residency.
[[nodiscard]] std::string holds_for(const scheduler::Problem& problem);

/// The same for the arenas of many networks with this machine's kernels for so many threads.
[[nodiscard]] std::string holds_for_arenas(std::int32_t threads);

}  // namespace tilewright::tool
