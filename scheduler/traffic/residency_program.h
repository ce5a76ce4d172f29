// SPDX-License-Identifier: Apache-2.0
// One part of a timeline as a covering program.
//
//   x[g]  units missing in gap g             cost 1, or 2 if g alone makes them be written
//   w[v]  units of version v written         cost 1,   w[v] - x[g] >= 0 for each gap g of v
//   e     in a streamed use between the gaps p and n the room of the greater is taken, so that
//         min(x[p], x[n]) = x[p] - e is missing                     e - x[p] + x[n] >= 0
//   sum of x over the gaps across a crowded moment >= its demand
#pragma once

#include <vector>

#include "scheduler/traffic/cover_program.h"
#include "scheduler/traffic/residency_parts.h"

namespace tilewright::scheduler {

struct ResidencyProgram {
  CoverProgram cover;
  std::vector<std::int32_t> column_of;  // per gap of the part; -1 if its state is decided
  std::vector<std::int64_t> moments;    // per row: that whose demand it states, or -1
  std::int64_t fixed_units = 0;         // cost of the gaps decided
};

/// `states` has an entry per gap of `part`.
[[nodiscard]] ResidencyProgram residency_program(const Timeline& line, const ResidencyPart& part,
                                                 const std::vector<std::int64_t>& demands,
                                                 const std::vector<GapState>& states);

}  // namespace tilewright::scheduler
