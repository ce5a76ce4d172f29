// SPDX-License-Identifier: Apache-2.0
// Where storages lie in the external bank: those that begin, end or spend time there.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright {

struct ExternalLayout {
  std::vector<std::optional<std::int64_t>> offsets;  // per storage
  std::int64_t bytes = 0;
  std::int64_t lower_bound_bytes = 0;  // for the transfers of this solution
};

/// A storage takes room from its first store (an input: from the start) to its last load (an
/// output: to the end), rounded up to the unit of transfers. Constants are elsewhere.
[[nodiscard]] ExternalLayout external_layout(const scheduler::Problem& problem,
                                             const scheduler::TrafficSolution& solution);

}  // namespace tilewright
