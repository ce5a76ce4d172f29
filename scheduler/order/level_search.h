// SPDX-License-Identifier: Apache-2.0
// Orders by dynamic programming over executed sets, one level per op.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

enum class LevelOverflow : std::uint8_t { GiveUp, KeepBest };
enum class LevelOutcome : std::uint8_t { Found, NoneInBudget, TooManyStates };

struct LevelResult {
  LevelOutcome outcome = LevelOutcome::NoneInBudget;
  std::vector<std::int32_t> order;  // if found
};

/// The order of least peak within `budget_bytes` if no level has more than `max_states` sets; else
/// what `overflow` says. Ops must be numbered so that each waits only for lower ones.
[[nodiscard]] LevelResult search_levels(const OrderGraph& graph, std::int64_t budget_bytes,
                                        std::size_t max_states, LevelOverflow overflow);

}  // namespace tilewright::scheduler
