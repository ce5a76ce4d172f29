// SPDX-License-Identifier: Apache-2.0
// Orders as others find them: what the exact search is compared with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct OrderBaseline {
  std::string name;
  std::vector<OpId> order;
  std::int64_t peak_bytes = 0;
};

/// The baselines of `problem`, which must pass `check_problem`; of huge problems only the first
/// two.
///
/// - `given_order`: each step the ready op that comes first in the problem.
/// - `reverse_post_order`: depth first from the last ops to what they wait for.
/// - `greedy`: each step the ready op that needs the least memory.
/// - `level_dp`: the least peak by dynamic programming over executed sets, level by level, under a
///   budget that is halved when a level has more than `kMaxLevelStates` sets and raised half-way
///   back when no order is left; the given order if no budget works.
///   Source: Ahn et al., Ordering chaos, MLSys 2020 (here states stand for its time limit).
/// - `sequence_beam`: chains are joined where neither memory nor need grows, and the joined graph
/// is
///   ordered level by level, keeping the best 64 sets of each.
///   Related: Wang et al., Hierarchical memory-constrained operator scheduling, DAC 2022.
[[nodiscard]] std::vector<OrderBaseline> order_baselines(const Problem& problem);

inline constexpr std::size_t kMaxLevelStates = 500;

}  // namespace tilewright::scheduler
