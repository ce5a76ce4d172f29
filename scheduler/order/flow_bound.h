// SPDX-License-Identifier: Apache-2.0
// A lower bound of the peak by minimum cuts.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// Every order runs each op from some executable set: the least an op can need over all of them is
/// a bound, one minimum cut per op, with the credit of its pairs counted at its most. Cuts are made
/// only for ops that need more than the bound so far in `order`, up to a fixed amount of work.
/// Returns at least `bound_bytes`, which must be a lower bound.
/// Related: Elango et al., On characterizing the data movement complexity, 2015 (wavefront cuts).
[[nodiscard]] std::int64_t flow_bound_bytes(const OrderGraph& graph,
                                            const std::vector<std::int32_t>& order,
                                            std::int64_t bound_bytes);

}  // namespace tilewright::scheduler
