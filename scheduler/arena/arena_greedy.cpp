// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_greedy.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

namespace tilewright::scheduler {
namespace {

// Above this many blocks a portfolio takes seconds: only the first order is tried.
constexpr std::size_t kMaxPortfolioBlocks = 4'096;

struct Span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Adds the offsets of `block` that would overlap `other`, which lies at `other_offset`.
void forbid(const ArenaBlock& block, const ArenaBlock& other, std::int64_t other_offset,
            std::vector<Span>& forbidden) {
  if (block.begin() >= other.end() || other.begin() >= block.end()) return;
  for (const BlockPiece& piece : block.pieces) {
    for (const BlockPiece& stone : other.pieces) {
      if (piece.begin >= stone.end || stone.begin >= piece.end) continue;
      if (piece.bytes == 0 || stone.bytes == 0) continue;
      forbidden.push_back({other_offset - piece.bytes + 1, other_offset + stone.bytes});
    }
  }
}

std::int64_t lowest_allowed(std::vector<Span>& forbidden, std::int64_t alignment_bytes) {
  std::sort(forbidden.begin(), forbidden.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::int64_t offset = 0;
  for (const Span& span : forbidden) {
    if (span.begin > offset) break;
    if (span.end > offset) offset = round_up(span.end, alignment_bytes);
  }
  return offset;
}

/// The start of the tightest gap below the topmost of `forbidden`, or above it.
std::int64_t tightest_allowed(std::vector<Span>& forbidden, std::int64_t alignment_bytes) {
  std::sort(forbidden.begin(), forbidden.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::int64_t offset = 0;
  std::optional<std::int64_t> best;
  std::int64_t best_gap_bytes = 0;
  for (const Span& span : forbidden) {
    const std::int64_t gap_bytes = span.begin - offset;
    if (gap_bytes > 0 && (!best || gap_bytes < best_gap_bytes)) {
      best = offset;
      best_gap_bytes = gap_bytes;
    }
    if (span.end > offset) offset = round_up(span.end, alignment_bytes);
  }
  return best.value_or(offset);
}

struct Traits {
  std::int64_t bytes = 0;
  std::int64_t begin = 0;
  std::int64_t steps = 0;
  std::int64_t load_bytes = 0;  // of the fullest step the block lives in

  [[nodiscard]] double area() const {
    return static_cast<double>(bytes) * static_cast<double>(steps);
  }
};

std::vector<Traits> traits(const ArenaProblem& arena) {
  std::vector<std::int64_t> load(static_cast<std::size_t>(arena.steps) + 1, 0);
  for (const ArenaBlock& block : arena.blocks) {
    for (const BlockPiece& piece : block.pieces) {
      load[static_cast<std::size_t>(piece.begin)] += piece.bytes;
      load[static_cast<std::size_t>(piece.end)] -= piece.bytes;
    }
  }
  std::partial_sum(load.begin(), load.end(), load.begin());
  std::vector<Traits> result;
  for (const ArenaBlock& block : arena.blocks) {
    const auto fullest = std::max_element(load.begin() + block.begin(), load.begin() + block.end());
    result.push_back({block.max_bytes(), block.begin(), block.end() - block.begin(), *fullest});
  }
  return result;
}

using Before = bool (*)(const Traits& a, const Traits& b);

constexpr std::array<Before, 6> kPortfolio = {
    [](const Traits& a, const Traits& b) { return a.bytes > b.bytes; },
    [](const Traits& a, const Traits& b) { return a.area() > b.area(); },
    [](const Traits& a, const Traits& b) { return a.steps > b.steps; },
    [](const Traits& a, const Traits& b) { return a.begin < b.begin; },
    [](const Traits& a, const Traits& b) {
      return std::pair(a.load_bytes, a.bytes) > std::pair(b.load_bytes, b.bytes);
    },
    [](const Traits& a, const Traits& b) {
      return std::pair(a.load_bytes, a.area()) > std::pair(b.load_bytes, b.area());
    },
};

}  // namespace

std::vector<std::int64_t> place_in_order(const ArenaProblem& arena,
                                         const std::vector<std::size_t>& order, FitRule rule) {
  std::vector<std::int64_t> offsets(arena.blocks.size(), 0);
  std::vector<Span> forbidden;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const ArenaBlock& block = arena.blocks[order[i]];
    forbidden.clear();
    for (std::size_t j = 0; j < i; ++j)
      forbid(block, arena.blocks[order[j]], offsets[order[j]], forbidden);
    const std::int64_t allowed = rule == FitRule::Lowest
                                     ? lowest_allowed(forbidden, arena.alignment_bytes)
                                     : tightest_allowed(forbidden, arena.alignment_bytes);
    offsets[order[i]] = block.pinned_offset.value_or(allowed);
  }
  return offsets;
}

std::vector<std::int64_t> place_greedily(const ArenaProblem& arena) {
  const std::vector<Traits> of_block = traits(arena);
  const std::int64_t lower_bound_bytes = load_bytes(arena);
  std::vector<std::int64_t> best;
  std::int64_t best_bytes = 0;
  for (const Before before : kPortfolio) {
    if (!best.empty() && arena.blocks.size() > kMaxPortfolioBlocks) break;
    std::vector<std::size_t> order(arena.blocks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const bool a_pinned = arena.blocks[a].pinned_offset.has_value();
      const bool b_pinned = arena.blocks[b].pinned_offset.has_value();
      return a_pinned != b_pinned ? a_pinned : before(of_block[a], of_block[b]);
    });
    std::vector<std::int64_t> offsets = place_in_order(arena, order, FitRule::Lowest);
    const std::int64_t bytes = arena_height(arena, offsets);
    if (best.empty() || bytes < best_bytes) {
      best = std::move(offsets);
      best_bytes = bytes;
    }
    if (best_bytes == lower_bound_bytes) break;
  }
  return best;
}

}  // namespace tilewright::scheduler
