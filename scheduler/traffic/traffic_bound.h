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
#include <vector>

#include "scheduler/dependencies.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct TrafficBoundOptions {
  std::int64_t max_states = 5000;  // of each order search
  int max_depth = 5;               // how often parts are halved
};

/// Some of the ops, and what every order of them misses of the storages counted.
struct BoundPart {
  std::vector<OpId> ops;        // in the order that was cut
  std::vector<bool> counted;    // per storage; no storage counts in two parts
  std::int64_t peak_bytes = 0;  // at least, of `fast_need_problem` in every order
  std::int64_t units = 0;       // moved beyond the compulsory ones
};

struct TrafficBound {
  std::vector<BoundPart> parts;    // of activations; those with no units are left out
  std::int64_t weights_units = 0;  // in steady state

  [[nodiscard]] std::int64_t units() const;
};

/// An order of least peak of what the ops need of fast memory, as far as `max_states` find one.
[[nodiscard]] std::vector<OpId> least_need_order(const Problem& problem, const Dependencies& lists,
                                                 std::int64_t max_states);

/// What every order of a problem with banks moves. `order`, any topological order, says where to
/// cut.
[[nodiscard]] TrafficBound traffic_bound(const Problem& problem, const Dependencies& lists,
                                         std::span<const OpId> order,
                                         const TrafficBoundOptions& options = {});

/// The problem whose peak is what `ops` need of fast memory: storages that `counted` names are
/// opened by the first of `ops` that uses them and closed by the last; others count while they are
/// used. Its ops are those of `ops`, in this order.
[[nodiscard]] Problem fast_need_problem(const Problem& problem, std::span<const OpId> ops,
                                        const std::vector<bool>& counted);

}  // namespace tilewright::scheduler
