// SPDX-License-Identifier: Apache-2.0
// Why a plan needs what it needs, and what less memory would cost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/order/order_decision.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

struct Explanation {
  std::int64_t step = 0;                // the first that needs `Solution::peak_bytes`
  std::vector<StorageId> storages;      // alive in it, the largest first
  std::int64_t scratch_bytes = 0;       // of its op
  std::int64_t credit_bytes = 0;        // saved by in-place pairs in it
  std::int64_t untouched_bytes = 0;     // of storages alive that its op neither reads nor writes
  std::int64_t traffic_free_bytes = 0;  // least memory that may do without reading bytes twice
};

/// Explains the peak of `solution`, a valid solution of `problem`.
///
/// With all operands of the running op in fast memory of C bytes, inputs read when they are first
/// needed and outputs written when they are last touched, every order has a step in which at least
/// `traffic_free_bytes` are needed then or later; so at least `traffic_free_bytes` - C bytes are
/// written out and read back. The number is a proven lower bound of the least peak in that model.
[[nodiscard]] Explanation explain(const Problem& problem, const Solution& solution,
                                  const OrderLimits& limits);

/// The storages alive in the fullest step of `solution`, the largest first, each with its bytes:
/// `'x' 4096, 'y' 64`. Beyond the first few they are counted: `and 12 more of 768`.
[[nodiscard]] std::string peak_text(const Problem& problem, const Solution& solution);

}  // namespace tilewright::scheduler
