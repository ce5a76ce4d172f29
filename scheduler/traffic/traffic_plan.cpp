// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/traffic_plan.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "scheduler/arena/arena_exact.h"
#include "scheduler/traffic/fast_blocks.h"
#include "scheduler/traffic/sliding_places.h"
#include "scheduler/traffic/traffic_transfers.h"

namespace tilewright::scheduler {
namespace {

/// Where everything lies in the fast bank, and what moves inside it.
struct Places {
  std::vector<FastPiece> pieces = {};  // by storage, then by step
  std::vector<Transfer> moves = {};    // by step, in an order in which they may be made
  std::vector<std::optional<std::int64_t>> scratch_offsets = {};  // per op
  std::int64_t fast_bytes = 0;
  std::int64_t moved_bytes = 0;
};

/// A move and where it begins and lands.
struct PendingMove {
  Transfer transfer;
  std::int64_t from = 0;
  std::int64_t to = 0;
};

std::vector<PendingMove> pending_moves(const FastBlocks& blocks, const ArenaResult& arena) {
  std::vector<PendingMove> moves;
  for (std::size_t i = 1; i < blocks.stays.size(); ++i) {
    const FastStay& before = blocks.stays[i - 1];
    const FastStay& after = blocks.stays[i];
    if (before.storage != after.storage || after.carried_bytes == 0) continue;
    const std::int64_t from = arena.offsets[before.block];
    const std::int64_t to = arena.offsets[after.block];
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

/// Orders the moves before each step so that none lands on bytes that wait to be moved; false if
/// some wait for each other. Bytes that do not move are no obstacle: they have places of their own
/// in the step.
bool order_moves(std::vector<PendingMove> waiting, std::vector<Transfer>& moves) {
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
    moves.push_back(next->transfer);
    waiting.erase(next);
  }
  return true;
}

/// Places from the arena search, where a storage has one offset as long as it stays.
std::optional<Places> arena_places(const Problem& problem, const Timeline& line,
                                   std::span<const OpId> order, const KeptUnits& kept,
                                   Moving moving, Ahead ahead, const PlacementLimits& limits) {
  if (limits.max_arena_nodes < 0) return std::nullopt;
  const std::int64_t bank_bytes = problem.banks.front().bytes;
  const FastBlocks blocks = fast_blocks(problem, line, order, kept, moving, ahead);
  if (load_bytes(blocks.arena) > bank_bytes) return std::nullopt;
  const ArenaLimits arena_limits{.max_nodes = limits.max_arena_nodes, .enough_bytes = bank_bytes};
  const ArenaResult arena = minimise_arena(blocks.arena, arena_limits, {});
  Places places{.fast_bytes = arena.arena_bytes};
  places.scratch_offsets.resize(problem.ops.size());
  if (arena.arena_bytes > bank_bytes) return std::nullopt;
  if (!order_moves(pending_moves(blocks, arena), places.moves)) return std::nullopt;
  for (std::size_t i = 0; i < blocks.arena.blocks.size(); ++i) {
    const auto& scratch_of = blocks.arena.blocks[i].scratch_of;
    if (scratch_of) places.scratch_offsets[index(*scratch_of)] = arena.offsets[i];
  }
  for (const FastStay& stay : blocks.stays) {
    places.pieces.push_back(
        {stay.storage, stay.begin - 1, stay.end - 1, stay.bytes, arena.offsets[stay.block]});
  }
  for (const Transfer& move : places.moves)
    places.moved_bytes += move.end_bytes;
  return places;
}

Places sliding_places(const Problem& problem, const Timeline& line, std::span<const OpId> order,
                      const KeptUnits& kept) {
  std::vector<std::int64_t> working(static_cast<std::size_t>(line.moments), 0);
  for (std::size_t step = 0; step < order.size(); ++step)
    working[step + 1] = working_bytes(problem, problem.ops[index(order[step])]);
  SlidingPlaces slid = slide_places(line, kept, order, working, problem.banks.front().bytes);
  Places places{.pieces = std::move(slid.pieces),
                .moves = std::move(slid.moves),
                .moved_bytes = slid.moved_bytes};
  places.scratch_offsets.resize(problem.ops.size());
  for (std::size_t step = 0; step < order.size(); ++step) {
    if (working[step + 1] == 0) continue;
    places.scratch_offsets[index(order[step])] = slid.working_offsets[step + 1];
    places.fast_bytes =
        std::max(places.fast_bytes, slid.working_offsets[step + 1] + working[step + 1]);
  }
  for (const FastPiece& piece : places.pieces)
    places.fast_bytes = std::max(places.fast_bytes, piece.offset + piece.bytes);
  return places;
}

/// Places with no moves if they are found, else with few.
Places find_places(const Problem& problem, const Timeline& line, std::span<const OpId> order,
                   const KeptUnits& kept, const PlacementLimits& limits) {
  for (const Ahead ahead : {Ahead::Yes, Ahead::No}) {
    auto places = arena_places(problem, line, order, kept, Moving::None, ahead, limits);
    if (places) return *std::move(places);
  }
  auto partly = arena_places(problem, line, order, kept, Moving::PartlyKept, Ahead::No, limits);
  Places slid = sliding_places(problem, line, order, kept);
  return partly && partly->moved_bytes <= slid.moved_bytes ? std::move(*partly) : std::move(slid);
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
                             std::span<const OpId> order, const KeptUnits& kept,
                             const PlacementLimits& limits) {
  Places places = find_places(problem, line, order, kept, limits);
  TrafficSolution solution;
  solution.order.assign(order.begin(), order.end());
  solution.in_place_used = line.in_place_used;
  solution.pieces = std::move(places.pieces);
  solution.scratch_offsets = std::move(places.scratch_offsets);
  solution.fast_bytes = places.fast_bytes;
  solution.transfers = std::move(places.moves);
  const std::vector<Transfer> transfers = traffic_transfers(line, kept);
  solution.transfers.insert(solution.transfers.end(), transfers.begin(), transfers.end());
  sort_transfers(solution.transfers);
  add_bytes(problem, line, solution);
  return solution;
}

}  // namespace tilewright::scheduler
