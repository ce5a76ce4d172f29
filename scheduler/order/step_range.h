// SPDX-License-Identifier: Apache-2.0
// What a run of ops needs and leaves at the least and at the most, over all sets it may run from.
#pragma once

#include <cstdint>
#include <span>

#include "scheduler/order/order_graph.h"

namespace tilewright::scheduler {

/// Bytes relative to those alive before the run (`rise`, `change`) or after it (`fall`).
struct MemoryRange {
  std::int64_t least_rise = 0;  // greatest need while it runs, above the bytes before
  std::int64_t most_rise = 0;
  std::int64_t least_fall = 0;  // greatest need while it runs, above the bytes after
  std::int64_t most_fall = 0;
  std::int64_t least_change = 0;  // bytes after less bytes before
  std::int64_t most_change = 0;
};

/// The range of `ops`, of one step each, that run without others between them.
///
/// Whether a storage opens or closes in the run depends on others only if those outside the run
/// open or close it too. If they all have run, it is open already and closes here: that gives the
/// least rise and change, and the most fall. If none has, it gives the opposite ends.
[[nodiscard]] MemoryRange memory_range(const OrderGraph& graph, std::span<const std::int32_t> ops);

/// `ops` as steps of one op: each storage is opened where it is touched first and closed where it
/// is touched last; pairs that these places rule out are left out.
[[nodiscard]] std::vector<OrderStep> joined_steps(const OrderGraph& graph,
                                                  std::span<const std::int32_t> ops);

}  // namespace tilewright::scheduler
