// SPDX-License-Identifier: Apache-2.0
// What the planner answers: an order, an address for every storage, and what is proven about both.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// A pair of `Op::in_place` that the plan makes use of: both storages have the same offset.
struct InPlaceUse {
  OpId op{};
  StorageId read{};
  StorageId write{};

  bool operator==(const InPlaceUse&) const = default;
};

enum class OrderStatus : std::uint8_t {
  Optimal,    // a finished search found no order of smaller peak
  FlowTight,  // a minimum cut proves the peak, no search was needed
  Bounded,    // the search stopped at a limit; the lower bound holds
  Heuristic,  // no search was made; the lower bound holds
};

/// The name of `status` in snake_case, as printed in JSON: `flow_tight`.
[[nodiscard]] constexpr const char* to_string(OrderStatus status) {
  switch (status) {
    case OrderStatus::Optimal:
      return "optimal";
    case OrderStatus::FlowTight:
      return "flow_tight";
    case OrderStatus::Bounded:
      return "bounded";
    case OrderStatus::Heuristic:
      return "heuristic";
  }
  return "unknown";
}

/// Equal problems and options give equal solutions, apart from `solve_ms`.
struct Solution {
  std::vector<OpId> order;
  std::vector<std::optional<std::int64_t>> offsets;  // per storage; none if constant or dead
  std::vector<std::optional<std::int64_t>> scratch_offsets;  // per op; none if it needs no scratch
  std::vector<InPlaceUse> in_place_used;                     // in the order of the steps

  std::int64_t peak_bytes = 0;  // of `order` with the pairs of `in_place_used`
  std::int64_t peak_lower_bound_bytes = 0;
  OrderStatus order_status = OrderStatus::Heuristic;
  bool order_proven_optimal = false;  // no order has a smaller peak

  std::int64_t arena_bytes = 0;
  std::int64_t arena_lower_bound_bytes = 0;  // for this order, over all choices of in-place pairs
  bool arena_proven_optimal = false;         // no smaller arena exists for this order
  bool jointly_optimal = false;              // no smaller arena exists for any order
  bool fits_memory_limit = true;             // false: neither a fitting plan nor a proof was found

  std::int64_t serialized_order_peak_bytes = 0;
  std::int64_t greedy_arena_bytes = 0;  // TFLite's greedy-by-size on the serialized order

  std::int64_t order_states = 0;  // states the order search expanded
  std::int64_t arena_nodes = 0;   // placements the arena search tried
  double solve_ms = 0;            // of the caller's machine; never written into a plan
};

}  // namespace tilewright::scheduler
