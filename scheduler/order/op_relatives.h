// SPDX-License-Identifier: Apache-2.0
// Who must run before an op, who after it, and who may do either.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/order/live_state.h"
#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// Sets of ops around one op, which is in none of them; together they are all others.
struct OpRelatives {
  std::vector<OpWord> before = {};   // what it waits for, directly or not
  std::vector<OpWord> after = {};    // what waits for it, likewise
  std::vector<OpWord> neither = {};  // all others
};

/// O(edges).
[[nodiscard]] OpRelatives op_relatives(const OrderGraph& graph, std::int32_t op);

}  // namespace tilewright::scheduler
