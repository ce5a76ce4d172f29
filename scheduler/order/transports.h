// SPDX-License-Identifier: Apache-2.0
// Why no set of ops between two others has less live memory than the greater one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/order/live_state.h"
#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// Bytes that the closing of one storage repays for the opening of another that it implies.
struct Transport {
  std::int32_t closed = 0;
  std::int32_t opened = 0;
  std::int64_t bytes = 0;
};

/// Routes what the storages closed between `base` and `base` with `ops` repay to what those opened
/// there cost, as much as can be. `ops` are ascending and wait for none outside both.
[[nodiscard]] std::vector<Transport> transports_between(const OrderGraph& graph,
                                                        std::span<const OpWord> base,
                                                        const std::vector<std::int32_t>& ops);

}  // namespace tilewright::scheduler
