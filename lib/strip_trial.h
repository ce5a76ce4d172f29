// SPDX-License-Identifier: Apache-2.0
// Times a part of a program as a group in strips against its ops one after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "tilewright/status.h"

#include "lib/strip_groups.h"
#include "lib/tuner/measure.h"

namespace tilewright {

/// The part of a program that is these ops: what others write is its input, its last op writes its
/// output.
[[nodiscard]] Program part_of(const Program& program, const std::vector<std::size_t>& ops);

struct StripTrialOptions {
  std::int32_t threads = 1;
  std::int32_t blocks = 3;   // of the order A B B A
  std::int32_t repeats = 2;  // of each letter, of which the least counts
};

/// The logarithm of the time of `group` in strips over that of its ops apart, medians of blocks.
/// Both run as plans of their own, with their own arenas and the real weights. Errors: those of the
/// planner and of memory.
[[nodiscard]] Result<tuner::PairedRatio> strip_log_ratio(const Program& program,
                                                         const std::vector<KernelChoice>& choices,
                                                         const StripGroup& group,
                                                         const StripTrialOptions& options);

}  // namespace tilewright
