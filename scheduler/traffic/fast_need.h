// SPDX-License-Identifier: Apache-2.0
// The least fast bank with which full execution is possible at all.
#pragma once

#include <cstdint>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct FastNeed {
  OpId op{};
  std::int64_t bytes = 0;
};

/// The op whose operands and scratch take the most fast memory, and how much: no order of the ops
/// needs less. In-place pairs are credited as if every order let their reads die,
/// outputs excepted.
[[nodiscard]] FastNeed fast_need(const Problem& problem);

}  // namespace tilewright::scheduler
