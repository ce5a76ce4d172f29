// SPDX-License-Identifier: Apache-2.0
// The arena over time as a picture in text.
#pragma once

#include <string>

#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

struct DrawSize {
  int max_columns = 72;  // of steps
  int max_rows = 20;     // of addresses
};

/// A map of the arena: steps from left to right, addresses from bottom to top, one letter per
/// storage, `#` for scratch, `.` for free bytes; below it, what lives in the fullest step. A cell
/// shows what lies at its middle. `solution` must be valid for `problem`. Ends with a line break.
[[nodiscard]] std::string draw(const Problem& problem, const Solution& solution,
                               const DrawSize& size = {});

}  // namespace tilewright::scheduler
