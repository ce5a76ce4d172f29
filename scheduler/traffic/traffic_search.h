// SPDX-License-Identifier: Apache-2.0
// Order and residency together: a complete search over what has run, what fast memory keeps and
// what lies outside.
//
// Bytes are loaded when an op needs them and given up when an op needs the room, never earlier.
// States of the same executed ops are compared: one that another can be turned into for no more
// than the difference in cost is dropped. What is missing and still needed must be read once more,
// which is a lower bound of the rest (A*).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/dependencies.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct TrafficSearchLimits {
  std::int64_t max_states = 20'000;
  std::int64_t max_cells = 4'000'000;  // states kept, times storages
  std::int64_t max_choices = 64;       // of what to give up before one op
};

/// Avoidable units of the best plan known, and what every plan is known to move.
struct KnownUnits {
  std::int64_t upper = 0;
  std::int64_t lower = 0;
};

struct TrafficSearchResult {
  std::optional<std::vector<OpId>> order;  // of a complete plan, if one was reached
  std::int64_t lower_bound_units = 0;      // avoidable, over all orders and residencies
  bool finished = false;                   // the order is one of least traffic
  std::int64_t states = 0;
};

/// For full execution without steady state and without fast inputs and outputs; otherwise it stops
/// at once with a bound of 0. Plans that cost `units.upper` or more are left out; it also stops
/// once it cannot raise the bound above `units.lower`.
[[nodiscard]] TrafficSearchResult search_traffic(const Problem& problem, const Dependencies& lists,
                                                 const KnownUnits& units,
                                                 const TrafficSearchLimits& limits);

}  // namespace tilewright::scheduler
