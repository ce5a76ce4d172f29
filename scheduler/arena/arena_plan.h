// SPDX-License-Identifier: Apache-2.0
// Which address: the smallest arena of an order, over the in-place pairs it may use.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/cost.h"
#include "scheduler/dependencies.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

struct ArenaPlan {
  std::vector<std::optional<std::int64_t>> offsets;          // per storage
  std::vector<std::optional<std::int64_t>> scratch_offsets;  // per op
  std::vector<InPlaceUse> in_place_used;
  std::int64_t peak_bytes = 0;  // with the pairs used
  std::int64_t arena_bytes = 0;
  std::int64_t lower_bound_bytes = 0;  // of every arena of this order
  std::int64_t nodes = 0;
};

[[nodiscard]] ArenaPlan plan_arena(const Problem& problem, const Dependencies& dependencies,
                                   const std::vector<OpId>& order);

}  // namespace tilewright::scheduler
