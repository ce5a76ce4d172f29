// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_blocks.h"

#include <algorithm>

namespace tilewright::scheduler {
namespace {

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

/// Appends a storage to a block; the last step of the block so far is shared with it.
void append(ArenaBlock& block, StorageId id, Lifetime lifetime, std::int64_t bytes) {
  block.storages.push_back(id);
  if (block.pieces.empty()) {
    block.pieces.push_back({lifetime.begin, lifetime.end, bytes});
    return;
  }
  BlockPiece& last = block.pieces.back();
  TILEWRIGHT_DCHECK(last.end == lifetime.begin + 1);
  const std::int64_t shared_bytes = std::max(last.bytes, bytes);
  last.end -= 1;
  if (last.begin == last.end) block.pieces.pop_back();
  block.pieces.push_back({lifetime.begin, lifetime.begin + 1, shared_bytes});
  if (lifetime.end > lifetime.begin + 1) {
    block.pieces.push_back({lifetime.begin + 1, lifetime.end, bytes});
  }
}

}  // namespace

std::int64_t ArenaBlock::max_bytes() const {
  std::int64_t result = 0;
  for (const BlockPiece& piece : pieces)
    result = std::max(result, piece.bytes);
  return result;
}

ArenaProblem arena_problem(const Problem& problem, std::span<const Lifetime> lifetimes,
                           std::span<const OpId> order, std::span<const InPlaceUse> used) {
  std::vector<std::size_t> next(problem.storages.size(), kNobody);
  std::vector<bool> has_previous(problem.storages.size(), false);
  for (const InPlaceUse& use : used) {
    next[index(use.read)] = index(use.write);
    has_previous[index(use.write)] = true;
  }
  ArenaProblem arena{problem.alignment_bytes, step_count(problem), {}};
  for (std::size_t i = 0; i < problem.storages.size(); ++i) {
    if (lifetimes[i].empty() || has_previous[i]) continue;
    ArenaBlock block;
    for (std::size_t member = i; member != kNobody; member = next[member]) {
      const StorageId id = storage_id(member);
      append(block, id, lifetimes[member], aligned_bytes(problem, id));
      // No pair names a storage with an offset, so it is a block of its own.
      block.pinned_offset = problem.storages[member].offset;
    }
    arena.blocks.push_back(std::move(block));
  }
  for (std::size_t step = 0; step < order.size(); ++step) {
    const std::int64_t bytes = problem.ops[index(order[step])].scratch_bytes;
    if (bytes == 0) continue;
    const auto begin = static_cast<std::int64_t>(step);
    arena.blocks.push_back({{{begin, begin + 1, bytes}}, {}, order[step]});
  }
  return arena;
}

std::int64_t load_bytes(const ArenaProblem& arena) {
  std::vector<std::int64_t> change(static_cast<std::size_t>(arena.steps) + 1, 0);
  for (const ArenaBlock& block : arena.blocks) {
    for (const BlockPiece& piece : block.pieces) {
      change[static_cast<std::size_t>(piece.begin)] += piece.bytes;
      change[static_cast<std::size_t>(piece.end)] -= piece.bytes;
    }
  }
  std::int64_t live_bytes = 0;
  std::int64_t max_bytes = 0;
  for (const std::int64_t bytes : change) {
    live_bytes += bytes;
    max_bytes = std::max(max_bytes, live_bytes);
  }
  for (const ArenaBlock& block : arena.blocks) {
    if (block.pinned_offset)
      max_bytes = std::max(max_bytes, *block.pinned_offset + block.max_bytes());
  }
  return max_bytes;
}

std::int64_t arena_height(const ArenaProblem& arena, std::span<const std::int64_t> offsets) {
  std::int64_t height = 0;
  for (std::size_t i = 0; i < arena.blocks.size(); ++i) {
    height = std::max(height, offsets[i] + arena.blocks[i].max_bytes());
  }
  return height;
}

}  // namespace tilewright::scheduler
