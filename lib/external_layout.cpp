// SPDX-License-Identifier: Apache-2.0
#include "lib/external_layout.h"

#include <algorithm>

#include "scheduler/arena/arena_exact.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright {
namespace {

using scheduler::index;

constexpr std::int64_t kMaxNodes = 20'000;

/// The moments between which a storage is outside; moment m is before step m - 1.
struct Outside {
  std::int64_t first = 0;
  std::int64_t last = -1;

  void include(std::int64_t moment) {
    first = last < first ? moment : std::min(first, moment);
    last = std::max(last, moment);
  }
};

std::vector<Outside> times_outside(const scheduler::Problem& problem,
                                   const scheduler::TrafficSolution& solution) {
  std::vector<Outside> outside(problem.storages.size());
  for (std::size_t i = 0; i < outside.size(); ++i) {
    if (problem.storages[i].input) outside[i].include(0);
    if (problem.storages[i].output)
      outside[i].include(static_cast<std::int64_t>(problem.ops.size()) + 1);
  }
  for (const scheduler::Transfer& transfer : solution.transfers) {
    if (transfer.kind != scheduler::TransferKind::Move)
      outside[index(transfer.storage)].include(transfer.step + 1);
  }
  return outside;
}

}  // namespace

ExternalLayout external_layout(const scheduler::Problem& problem,
                               const scheduler::TrafficSolution& solution) {
  const std::int64_t unit_bytes = scheduler::traffic_unit_bytes(problem);
  const std::vector<Outside> outside = times_outside(problem, solution);
  scheduler::ArenaProblem arena;
  arena.alignment_bytes = unit_bytes;
  arena.steps = static_cast<std::int64_t>(problem.ops.size()) + 2;
  for (std::size_t i = 0; i < outside.size(); ++i) {
    const std::int64_t bytes = scheduler::round_up(problem.storages[i].bytes, unit_bytes);
    const Outside& time = outside[i];
    if (problem.storages[i].constant || bytes == 0 || time.last < time.first) continue;
    scheduler::ArenaBlock block;
    block.pieces.push_back({time.first, time.last + 1, bytes});
    block.storages.push_back(scheduler::storage_id(i));
    arena.blocks.push_back(std::move(block));
  }
  const scheduler::ArenaResult placed = scheduler::minimise_arena(arena, {kMaxNodes}, {});
  ExternalLayout layout{std::vector<std::optional<std::int64_t>>(outside.size()),
                        placed.arena_bytes, placed.lower_bound_bytes};
  for (std::size_t i = 0; i < arena.blocks.size(); ++i)
    layout.offsets[index(arena.blocks[i].storages.front())] = placed.offsets[i];
  return layout;
}

}  // namespace tilewright
