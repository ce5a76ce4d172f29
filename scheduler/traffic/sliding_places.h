// SPDX-License-Identifier: Apache-2.0
// Addresses for whatever fits: moment by moment, and what is in the way slides together.
//
//   moment m        m + 1         What lies in fast memory keeps its vertical order when it slides:
//   |   c   |      |   d   |      those that go up can go from the top down, those that go down
//   |       |      |---c---|      from the bottom up, and none lands on bytes that have yet to
//   |---a---|  ->  |---a---|      move. Heights that sum to no more than the bank therefore
//                                 always have places.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/traffic/timeline.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

struct SlidingPlaces {
  std::vector<FastPiece> pieces;              // by storage, then by step
  std::vector<Transfer> moves;                // by step, in an order in which they may be made
  std::vector<std::int64_t> working_offsets;  // per moment; 0 where it needs none
  std::int64_t moved_bytes = 0;
};

/// Places of what `kept` keeps and the ops use. `working_bytes` says for each moment what the op
/// needs beside its operands; `bank_bytes` must hold all of a moment together. New storages go into
/// the smallest hole that takes them; only if there is none does anything slide.
[[nodiscard]] SlidingPlaces slide_places(const Timeline& line, const KeptUnits& kept,
                                         std::span<const OpId> order,
                                         std::span<const std::int64_t> working_bytes,
                                         std::int64_t bank_bytes);

}  // namespace tilewright::scheduler
