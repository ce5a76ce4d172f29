// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_plan.h"

#include <algorithm>
#include <optional>
#include <set>

#include "scheduler/arena/arena_exact.h"
#include "scheduler/traffic/fast_blocks.h"
#include "scheduler/traffic/residency_parts.h"
#include "scheduler/traffic/traffic_transfers.h"

namespace tilewright::scheduler {
namespace {

struct Placement {
  FastBlocks blocks;
  ArenaResult arena;
  std::vector<Transfer> moves;
  std::vector<std::int64_t> crowded;  // moments in which the bank is exceeded
  std::optional<Pin> stuck;           // the smallest of moves that wait for each other
  std::optional<Pin> stuck_most;      // the largest of them

  [[nodiscard]] bool fits() const { return crowded.empty() && !stuck; }
};

/// A move and where it begins and lands.
struct PendingMove {
  Transfer transfer;
  std::int64_t from = 0;
  std::int64_t to = 0;
};

std::vector<PendingMove> pending_moves(const Placement& placement) {
  std::vector<PendingMove> moves;
  const std::vector<FastStay>& stays = placement.blocks.stays;
  for (std::size_t i = 1; i < stays.size(); ++i) {
    const FastStay& before = stays[i - 1];
    const FastStay& after = stays[i];
    if (before.storage != after.storage || after.carried_bytes == 0) continue;
    const std::int64_t from = placement.arena.offsets[before.block];
    const std::int64_t to = placement.arena.offsets[after.block];
    if (from == to) continue;
    const Transfer transfer{after.begin - 1, TransferKind::Move, after.storage, 0,
                            after.carried_bytes};
    moves.push_back({transfer, from, to});
  }
  std::stable_sort(moves.begin(), moves.end(), [](const PendingMove& a, const PendingMove& b) {
    return a.transfer.step < b.transfer.step;
  });
  return moves;
}

/// Orders the moves before each step so that none lands on bytes that wait to be moved, unless they
/// wait for each other. Bytes that do not move are no obstacle: they have places of their own
/// in the step.
void order_moves(Placement& placement) {
  std::vector<PendingMove> waiting = pending_moves(placement);
  while (!waiting.empty()) {
    const std::int64_t step = waiting.front().transfer.step;
    const auto end = std::find_if(waiting.begin(), waiting.end(), [&](const PendingMove& move) {
      return move.transfer.step != step;
    });
    const auto is_free = [&](const PendingMove& move) {
      return std::none_of(waiting.begin(), end, [&](const PendingMove& other) {
        return other.transfer.storage != move.transfer.storage &&
               move.to < other.from + other.transfer.end_bytes &&
               other.from < move.to + move.transfer.end_bytes;
      });
    };
    const auto next = std::find_if(waiting.begin(), end, is_free);
    if (next == end) {
      const auto [smallest, largest] =
          std::minmax_element(waiting.begin(), end, [](const PendingMove& a, const PendingMove& b) {
            return a.transfer.end_bytes < b.transfer.end_bytes;
          });
      placement.stuck = Pin{smallest->transfer.storage, step + 1};
      placement.stuck_most = Pin{largest->transfer.storage, step + 1};
      return;
    }
    placement.moves.push_back(next->transfer);
    waiting.erase(next);
  }
}

/// Notes the moments in which a block ends above `capacity_bytes`.
void note_excess(Placement& placement, std::int64_t capacity_bytes) {
  const std::vector<ArenaBlock>& blocks = placement.blocks.arena.blocks;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (const BlockPiece& piece : blocks[i].pieces) {
      if (piece.bytes == 0 || placement.arena.offsets[i] + piece.bytes <= capacity_bytes) continue;
      for (std::int64_t moment = piece.begin; moment < piece.end; ++moment)
        placement.crowded.push_back(moment);
    }
  }
}

/// The placement with as few moves as it takes.
Placement place(const Problem& problem, const Timeline& line, std::span<const OpId> order,
                const KeptUnits& kept, const PlacementLimits& limits) {
  const ArenaLimits arena_limits{limits.max_arena_nodes};
  Placement result;
  for (const Moving moving : {Moving::None, Moving::PartlyKept, Moving::All}) {
    std::set<Pin> pins;
    for (int attempt = 0; attempt <= limits.max_pins; ++attempt) {
      Placement next{fast_blocks(problem, line, order, kept, moving, pins), {}, {}, {}, {}, {}};
      next.arena = minimise_arena(next.blocks.arena, arena_limits, {});
      note_excess(next, problem.banks.front().bytes);
      if (next.crowded.empty()) order_moves(next);
      if (next.fits()) return next;
      // Moves that are stuck cost less to repair than too little room.
      if (attempt > 0 && !next.crowded.empty()) break;
      result = std::move(next);
      if (!result.stuck || !pins.insert(*result.stuck_most).second) break;
    }
  }
  return result;
}

/// Takes `units` of room from each of `moments`, as far as there is any.
void take_room(Timeline& line, const std::vector<std::int64_t>& moments, std::int64_t units) {
  for (const std::int64_t moment : moments) {
    std::int64_t& room = line.room[static_cast<std::size_t>(moment)];
    room = std::max<std::int64_t>(0, room - units);
  }
}

/// Keeps nothing across the moments exceeded, or of the storage that is stuck; whether that changes
/// anything.
bool give_up(const Timeline& line, const Placement& placement, KeptUnits& kept) {
  bool changed = false;
  for (std::size_t i = 0; i < line.gaps.size(); ++i) {
    if (kept[i] == 0) continue;
    const Gap& gap = line.gaps[i];
    const StorageId storage = line.items[static_cast<std::size_t>(gap.item)].storage;
    bool gives_up = placement.stuck && placement.stuck->first == storage &&
                    gap.begin < placement.stuck->second && placement.stuck->second <= gap.end;
    for (const std::int64_t moment : gap_moments(line, i)) {
      const auto& crowded = placement.crowded;
      gives_up |= std::find(crowded.begin(), crowded.end(), moment) != crowded.end();
    }
    if (!gives_up) continue;
    kept[i] = 0;
    changed = true;
  }
  return changed;
}

/// Kept units that have addresses within the bank: less and less is kept where they are not found.
Placement place_within(const Problem& problem, const Timeline& line, std::span<const OpId> order,
                       KeptUnits& kept, const ResidencyOptions& options,
                       const PlacementLimits& limits) {
  Timeline less = line;
  Placement placement = place(problem, line, order, kept, limits);
  std::int64_t units = 1;
  for (int attempt = 0; attempt < limits.max_attempts && !placement.crowded.empty(); ++attempt) {
    const std::int64_t excess_bytes = placement.arena.arena_bytes - problem.banks.front().bytes;
    units = std::max(2 * units, excess_bytes / line.unit_bytes / 4);
    take_room(less, placement.crowded, units);
    kept = best_residency(less, options).kept;
    placement = place(problem, line, order, kept, limits);
  }
  // The storages of one op alone always have places.
  const auto keeps = [](std::int64_t in_gap) { return in_gap > 0; };
  while (!placement.fits() && std::any_of(kept.begin(), kept.end(), keeps)) {
    if (!give_up(line, placement, kept)) std::fill(kept.begin(), kept.end(), 0);
    placement = place(problem, line, order, kept, limits);
  }
  return placement;
}

void add_places(const Placement& placement, std::size_t ops, TrafficSolution& solution) {
  const auto& blocks = placement.blocks.arena.blocks;
  solution.scratch_offsets.resize(ops);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].scratch_of) {
      solution.scratch_offsets[index(*blocks[i].scratch_of)] = placement.arena.offsets[i];
    }
  }
  for (const FastStay& stay : placement.blocks.stays) {
    solution.pieces.push_back({stay.storage, stay.begin - 1, stay.end - 1, stay.bytes,
                               placement.arena.offsets[stay.block]});
  }
  solution.fast_bytes = placement.arena.arena_bytes;
  solution.transfers.insert(solution.transfers.end(), placement.moves.begin(),
                            placement.moves.end());
}

void add_bytes(const Problem& problem, const Timeline& line, TrafficSolution& solution) {
  solution.weights.compulsory = line.weights_units.compulsory * line.unit_bytes;
  solution.activations.compulsory = line.activations_units.compulsory * line.unit_bytes;
  solution.weights.avoidable = -solution.weights.compulsory;
  solution.activations.avoidable = -solution.activations.compulsory;
  for (const Transfer& transfer : solution.transfers) {
    if (transfer.kind == TransferKind::Move) {
      solution.moved_bytes += transfer.end_bytes;
      continue;
    }
    const bool constant = problem.storages[index(transfer.storage)].constant;
    (constant ? solution.weights : solution.activations).avoidable +=
        transfer.end_bytes - transfer.begin_bytes;
  }
}

}  // namespace

TrafficSolution traffic_plan(const Problem& problem, const Timeline& line,
                             std::span<const OpId> order, KeptUnits kept,
                             const ResidencyOptions& options, const PlacementLimits& limits) {
  TrafficSolution solution;
  solution.order.assign(order.begin(), order.end());
  solution.in_place_used = line.in_place_used;
  add_places(place_within(problem, line, order, kept, options, limits), problem.ops.size(),
             solution);
  const std::vector<Transfer> transfers = traffic_transfers(line, kept);
  solution.transfers.insert(solution.transfers.end(), transfers.begin(), transfers.end());
  sort_transfers(solution.transfers);
  add_bytes(problem, line, solution);
  return solution;
}

}  // namespace tilewright::scheduler
