// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_plan.h"

#include <algorithm>
#include <optional>

#include "scheduler/arena/arena_exact.h"
#include "scheduler/traffic/fast_blocks.h"
#include "scheduler/traffic/traffic_transfers.h"

namespace tilewright::scheduler {
namespace {

struct Placement {
  FastBlocks blocks;
  ArenaResult arena;
  std::vector<Transfer> moves;
  bool fits = false;
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
    if (before.storage != after.storage || before.end != after.begin) continue;
    const std::int64_t from = placement.arena.offsets[before.block];
    const std::int64_t to = placement.arena.offsets[after.block];
    if (from == to) continue;
    const Transfer transfer{after.begin - 1, TransferKind::Move, after.storage, 0,
                            std::min(before.bytes, after.bytes)};
    moves.push_back({transfer, from, to});
  }
  std::stable_sort(moves.begin(), moves.end(), [](const PendingMove& a, const PendingMove& b) {
    return a.transfer.step < b.transfer.step;
  });
  return moves;
}

/// Orders the moves before each step so that none lands on bytes that wait to be moved; false if
/// they wait for each other. Bytes that do not move are no obstacle: they have places of their own
/// in the step.
bool order_moves(Placement& placement) {
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
    if (next == end) return false;
    placement.moves.push_back(next->transfer);
    waiting.erase(next);
  }
  return true;
}

/// The placement with as few moves as it takes.
Placement place(const Problem& problem, const Timeline& line, std::span<const OpId> order,
                const KeptUnits& kept, const PlacementLimits& limits) {
  const ArenaLimits arena_limits{limits.max_arena_nodes};
  Placement result;
  for (const Moving moving : {Moving::None, Moving::PartlyKept, Moving::All}) {
    result = {fast_blocks(problem, line, order, kept, moving), {}, {}, false};
    result.arena = minimise_arena(result.blocks.arena, arena_limits, {});
    result.fits = result.arena.arena_bytes <= problem.banks.front().bytes && order_moves(result);
    if (result.fits) break;
  }
  return result;
}

/// `line` with `bytes` less room in every moment, as far as there is any.
Timeline with_less_room(const Timeline& line, std::int64_t bytes) {
  Timeline less = line;
  const std::int64_t units = (bytes + line.unit_bytes - 1) / line.unit_bytes;
  for (std::int64_t& room : less.room)
    room = std::max<std::int64_t>(0, room - units);
  return less;
}

/// Kept units that have addresses within the bank.
Placement place_within(const Problem& problem, const Timeline& line, std::span<const OpId> order,
                       KeptUnits& kept, const ResidencyOptions& options,
                       const PlacementLimits& limits) {
  const std::int64_t capacity_bytes = problem.banks.front().bytes;
  Placement placement = place(problem, line, order, kept, limits);
  std::int64_t given_up_bytes = 0;
  for (int attempt = 0; attempt < limits.max_attempts && !placement.fits; ++attempt) {
    const std::int64_t excess_bytes = placement.arena.arena_bytes - capacity_bytes;
    given_up_bytes += std::max(excess_bytes, line.unit_bytes);
    kept = best_residency(with_less_room(line, given_up_bytes), options).kept;
    placement = place(problem, line, order, kept, limits);
  }
  if (placement.fits) return placement;
  std::fill(kept.begin(), kept.end(), 0);
  return place(problem, line, order, kept, limits);
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
