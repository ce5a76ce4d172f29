// SPDX-License-Identifier: Apache-2.0
// How many bytes to keep in each gap of one order: the fewest bytes moved, with a proof.
//
// What is not kept must cover the demand of each moment: that is a linear program, since the bytes
// missing in the gaps of one version can be nested. Its fractions are rounded; the dual values give
// an exact bound. If gaps keep all or nothing, branch and bound decides them one by one.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {

struct ResidencyOptions {
  std::int64_t max_nodes = 2000;  // linear programs solved per part when gaps are all or nothing
  std::int64_t max_cells = 4'000'000;    // of a linear program; larger parts are kept greedily
  std::int64_t max_steps_per_line = 50;  // of a linear program, per row and column
};

struct ResidencyChoice {
  KeptUnits kept;
  std::int64_t units = 0;              // avoidable_units of `kept`
  std::int64_t lower_bound_units = 0;  // of every choice of kept bytes
  std::vector<std::int64_t> prices;    // of room, per moment: see priced_bound.h
};

[[nodiscard]] ResidencyChoice best_residency(const Timeline& line,
                                             const ResidencyOptions& options = {});

}  // namespace tilewright::scheduler
