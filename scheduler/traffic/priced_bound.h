// SPDX-License-Identifier: Apache-2.0
// What prices of room prove about every residency of one order.
#pragma once

#include <cstdint>
#include <span>

#include "scheduler/traffic/timeline.h"

namespace tilewright::scheduler {

/// Units that every choice of kept units moves at least, by weak duality. `prices` has for each
/// moment what a missing unit is worth there, from 0 up, in parts of kDualDenominator; any prices
/// give a valid bound, and the dual values of the residency program the best one.
///
/// With `d` units demanded in a moment, at least the sum of price * d is paid for. A gap across
/// moments with prices that sum to Y pays Y for each of its missing units, which cost 1 to read;
/// what the gaps of a dirty version miss is nested, and costs 1 more to write, once:
///
///   units >= sum of price * d + sum over versions of
///            size * min(0, (dirty: 1) + sum over gaps of min(0, 1 - Y))
///
/// where clean gaps are versions of their own. In a streamed use between two gaps the earlier one
/// stands for both. All in whole numbers; 0 where they overflow.
[[nodiscard]] std::int64_t priced_bound_units(const Timeline& line,
                                              std::span<const std::int64_t> prices);

}  // namespace tilewright::scheduler
