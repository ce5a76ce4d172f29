// SPDX-License-Identifier: Apache-2.0
// Avoidable traffic that no order escapes.
//
// In full execution some step of every order needs P bytes now or later, where P is the least peak.
// What exceeds the fast bank is missing there, so it is read again later, and if no copy lies
// outside it is written before. The same holds for any part of the ops, and bounds of parts add
// up if each storage is counted in one of them alone.
#pragma once

#include <cstdint>
#include <span>

#include "scheduler/dependencies.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct TrafficBoundOptions {
  std::int64_t max_states = 5000;  // of each order search
  int max_depth = 5;               // how often parts are halved
};

/// Units that every order of a problem with banks moves beyond the compulsory ones. `order`, any
/// topological order, says where to cut.
[[nodiscard]] std::int64_t avoidable_bound_units(const Problem& problem, const Dependencies& lists,
                                                 std::span<const OpId> order,
                                                 const TrafficBoundOptions& options = {});

/// The problem whose peak is what `ops` need of fast memory: storages that `counted` names are
/// opened by the first of `ops` that uses them and closed by the last; others count while they are
/// used. Its ops are those of `ops`, in this order.
[[nodiscard]] Problem fast_need_problem(const Problem& problem, std::span<const OpId> ops,
                                        const std::vector<bool>& counted);

}  // namespace tilewright::scheduler
