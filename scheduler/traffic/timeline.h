// SPDX-License-Identifier: Apache-2.0
// The residency problem of one order: gaps between uses, and the room left for what is kept.
//
//   moment      0     1     2     3     4     5        moment m is step m - 1; the first stands for
//               |   stem  first second add    |        the time before the first op, the last for
//   s                 X-----X-----------X              the time after the last one
//   gaps of s         (1,2)    (2,4)                   gap (2,4) takes room in moment 3 alone
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tilewright/status.h"

#include "scheduler/cost.h"
#include "scheduler/dependencies.h"
#include "scheduler/problem.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

/// The time between two uses of a storage. What it does not keep is read again at its end.
struct Gap {
  std::int32_t item = 0;     // position in Timeline::items
  std::int64_t begin = 0;    // moments of the two uses; in steady state the end may lie in the
  std::int64_t end = 0;      // next run, `moments` later
  std::int32_t version = 0;  // counts the writes of the item before; equal if no write lies between
  bool dirty = false;        // what any gap of this version does not keep is written for it alone
};

/// A storage that ops use.
struct TimelineItem {
  StorageId storage{};
  std::int64_t units = 0;
  bool streamed = false;
  bool whole = false;  // gaps keep all or nothing
  bool constant = false;
  bool in_fast = false;                 // is in fast memory before the first step
  bool output = false;                  // must be outside after the last step
  std::vector<std::int64_t> uses = {};  // moments, ascending
  std::vector<bool> writes = {};        // whether the use at this position writes
  std::size_t first_gap = 0;            // position in Timeline::gaps
  std::size_t gap_count = 0;
};

/// Sizes are in units of `unit_bytes`.
struct Timeline {
  std::int64_t unit_bytes = 1;
  std::int64_t moments = 0;
  std::vector<std::int64_t> room;   // per moment: capacity less scratch, staging and full operands
  std::vector<TimelineItem> items;  // by storage
  std::vector<Gap> gaps;            // by item, then by time
  std::vector<InPlaceUse> in_place_used;
  TrafficBytes weights_units;      // compulsory alone
  TrafficBytes activations_units;  // compulsory alone
};

/// What a gap of `line` keeps.
[[nodiscard]] inline const TimelineItem& item_of(const Timeline& line, std::size_t gap) {
  return line.items[static_cast<std::size_t>(line.gaps[gap].item)];
}

/// What each storage is rounded up to, in fast memory and in transfers.
[[nodiscard]] std::int64_t traffic_unit_bytes(const Problem& problem);

/// Whether ops reach `id` through the staging buffer instead of having it in fast memory.
[[nodiscard]] bool is_streamed(const Problem& problem, StorageId id);

/// Whether fast memory keeps all of `id` or nothing between two uses.
[[nodiscard]] bool is_whole(const Problem& problem, StorageId id);

/// Scratch and staging buffer of an op.
[[nodiscard]] std::int64_t working_bytes(const Problem& problem, const Op& op);

/// The timeline of `order`, a topological order of the ops of a problem with banks.
/// Errors: Infeasible if an op needs more than the fast bank holds; ResourceExhausted if sizes
/// exceed 2^40 units.
[[nodiscard]] Result<Timeline> timeline(const Problem& problem, const Dependencies& lists,
                                        std::span<const OpId> order);

/// Bytes kept in each gap, in units: the answer of a residency solver.
using KeptUnits = std::vector<std::int64_t>;

/// Units that `kept` moves beyond the compulsory ones; at most `items[i].units` are kept per gap.
[[nodiscard]] std::int64_t avoidable_units(const Timeline& line, const KeptUnits& kept);

/// Units of item `position` in fast memory while its use number `use` runs.
[[nodiscard]] std::int64_t held_units(const Timeline& line, const TimelineItem& item,
                                      std::size_t use, const KeptUnits& kept);

/// Room left in each moment; negative where `kept` does not fit.
[[nodiscard]] std::vector<std::int64_t> room_left(const Timeline& line, const KeptUnits& kept);

/// Calls `visit(moment)` for each moment strictly between the uses of `gap`.
template <typename Visit>
void for_each_inner_moment(const Timeline& line, const Gap& gap, const Visit& visit) {
  for (std::int64_t moment = gap.begin + 1; moment < gap.end; ++moment) {
    visit(moment < line.moments ? moment : moment - line.moments);
  }
}

}  // namespace tilewright::scheduler
