// SPDX-License-Identifier: Apache-2.0
// Small random traffic problems that use every feature of the format, with tight fast banks.
#pragma once

#include <cstdint>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

struct TrafficShape {
  int min_ops = 2;
  int max_ops = 5;
  int max_units = 3;    // of a storage
  bool streams = true;  // streaming execution and streamed constants too
  bool steady = true;   // steady state too
  bool whole = true;    // whole storages too
  bool in_place = true;
};

/// The same problem for the same seed, on every machine. Its fast bank holds the fullest step of an
/// op by at most a few units.
[[nodiscard]] Problem random_traffic(std::uint32_t seed, const TrafficShape& shape = {});

/// The problem with nothing that has to be fast, and a fast bank that the fullest op of its
/// serialized order just fits into, for full execution.
[[nodiscard]] Problem with_least_bank(Problem problem);

}  // namespace tilewright::scheduler
