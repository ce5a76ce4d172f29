// SPDX-License-Identifier: Apache-2.0
// The exact order search: best first by needed peak, with free moves and commits.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// Each rule only saves work: with any of them off the value found is the same.
struct OrderRules {
  bool free_moves = true;  // run at once what frees memory and fits
  bool commits = true;     // go to the lowest valley for good once memory has fallen back
  bool flow_bound = true;  // start from a bound by minimum cuts
  bool heuristics = true;  // start from the best order found without search
};

struct OrderLimits {
  std::int64_t max_states = 100'000;
  std::int64_t max_table_bytes = std::int64_t{32} << 20;
  std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt;
};

struct ExactOrder {
  std::vector<std::int32_t> order;  // empty if none is below the incumbent, or none was found
  std::int64_t peak_bytes = 0;      // of `order`
  std::int64_t lower_bound_bytes = 0;
  bool finished = false;    // false if a limit stopped the search
  std::int64_t states = 0;  // expanded
};

/// Searches for an order whose peak is least and below `incumbent_bytes`. `lower_bound_bytes` must
/// be a lower bound. If finished without an order, `incumbent_bytes` is the least peak. `seed`
/// other than 0 explores equal states in another order, which finds other orders of the same peak.
[[nodiscard]] ExactOrder search_order(const OrderGraph& graph, std::int64_t lower_bound_bytes,
                                      std::int64_t incumbent_bytes, const OrderLimits& limits,
                                      const OrderRules& rules, std::uint64_t seed);

}  // namespace tilewright::scheduler
