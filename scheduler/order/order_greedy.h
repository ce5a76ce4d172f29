// SPDX-License-Identifier: Apache-2.0
// Orders found without search: upper bounds for the exact search, and plans of huge problems.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/order/live_state.h"

namespace tilewright::scheduler {

/// Runs every ready op that leaves no more live bytes than it finds and needs no more than
/// `budget_bytes`, until none is left; appends them to `order`. Such free moves lose nothing if no
/// order has a peak below `budget_bytes`.
void run_free_moves(LiveState& state, std::int64_t budget_bytes, std::vector<std::int32_t>& order);

/// The same with the ops of `allowed` alone.
void run_free_moves(LiveState& state, std::int64_t budget_bytes, std::span<const OpWord> allowed,
                    std::vector<std::int32_t>& order);

/// Completes `order`, which led to `state`: free moves first, then the ready op that needs the
/// least bytes, by what it leaves, then by its number.
void complete_greedily(LiveState& state, std::int64_t budget_bytes,
                       std::vector<std::int32_t>& order);

/// Depth first from the last ops to what they wait for: each op as late as its readers allow.
[[nodiscard]] std::vector<std::int32_t> post_order(const OrderGraph& graph);

/// The peak of `order`.
[[nodiscard]] std::int64_t order_peak_bytes(LiveState& state,
                                            const std::vector<std::int32_t>& order);

}  // namespace tilewright::scheduler
