// SPDX-License-Identifier: Apache-2.0
// A timeline cut into what the residency solvers work on: gaps that compete for the same moments.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {

enum class GapState : std::uint8_t { Free, Kept, Evicted };

/// Gaps that share crowded moments or versions, directly or through others.
struct ResidencyPart {
  std::vector<std::size_t> gaps;      // positions in Timeline::gaps, ascending
  std::vector<std::int64_t> moments;  // crowded, ascending
};

/// The moments in which a gap takes room: those between its uses and, if it is streamed, both uses.
[[nodiscard]] std::vector<std::int64_t> gap_moments(const Timeline& line, std::size_t position);

/// For each moment the units that must be missing there if all gaps keep all they can.
[[nodiscard]] std::vector<std::int64_t> demands(const Timeline& line);

/// The parts of `line`. A gap in none of them keeps everything.
[[nodiscard]] std::vector<ResidencyPart> residency_parts(const Timeline& line);

}  // namespace tilewright::scheduler
