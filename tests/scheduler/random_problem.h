// SPDX-License-Identifier: Apache-2.0
// Small random problems that use every feature of the format at once.
#pragma once

#include <cstdint>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct RandomShape {
  int min_ops = 1;
  int max_ops = 7;
  bool slices = true;      // storages with several writers
  bool shuffled = true;    // ops listed in an order that is not topological
  bool unaligned = false;  // sizes that are no multiples of the alignment
};

/// The same problem for the same seed, on every machine.
[[nodiscard]] Problem random_problem(std::uint32_t seed, const RandomShape& shape = {});

}  // namespace tilewright::scheduler
