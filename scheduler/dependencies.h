// SPDX-License-Identifier: Apache-2.0
// Who reads, writes and follows whom: the relation of a problem turned around, and orders that obey
// it.
#pragma once

#include <vector>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// A reader of a storage waits for all its writers, a follower for the op it names in `after`.
/// Both are kept as lists, since writers times readers may be far more than the edges of the file.
struct Dependencies {
  std::vector<std::vector<OpId>> writers;    // of each storage, ascending
  std::vector<std::vector<OpId>> readers;    // of each storage, ascending
  std::vector<std::vector<OpId>> followers;  // of each op: those that name it in `after`
};

/// The lists of `problem`, whose ids must be in range.
[[nodiscard]] Dependencies dependencies(const Problem& problem);

/// The order of the list `problem.ops` where it is allowed: each step takes the ready op of lowest
/// id. Shorter than the list if the ops left over wait for each other in a cycle.
[[nodiscard]] std::vector<OpId> serialized_order(const Problem& problem,
                                                 const Dependencies& dependencies);

}  // namespace tilewright::scheduler
