// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_parts.h"

#include <algorithm>
#include <unordered_map>

namespace tilewright::scheduler {
namespace {

constexpr std::size_t kMaxParsedBlocks = 2'048;      // as deep as the search may go
constexpr std::int64_t kMaxStepEntries = 4'000'000;  // blocks alive, summed over the steps

struct Entry {
  std::size_t block = 0;
  std::int64_t bytes = 0;
};
using Section = std::vector<Entry>;  // by block, ascending

/// Whether every block of `small` is in `large`, at least as high.
bool is_covered(const Section& small, const Section& large) {
  std::size_t j = 0;
  for (const Entry& entry : small) {
    while (j < large.size() && large[j].block < entry.block)
      ++j;
    if (j == large.size() || large[j].block != entry.block) return false;
    if (large[j].bytes < entry.bytes) return false;
  }
  return true;
}

std::vector<Section> sections(const ArenaProblem& arena) {
  std::vector<Section> steps(static_cast<std::size_t>(arena.steps));
  for (std::size_t i = 0; i < arena.blocks.size(); ++i) {
    if (arena.blocks[i].max_bytes() == 0) continue;
    for (const BlockPiece& piece : arena.blocks[i].pieces) {
      for (std::int64_t step = piece.begin; step < piece.end; ++step) {
        steps[static_cast<std::size_t>(step)].push_back({i, piece.bytes});
      }
    }
  }
  std::vector<Section> kept;
  for (Section& step : steps) {
    while (!kept.empty() && is_covered(kept.back(), step))
      kept.pop_back();
    if (kept.empty() || !is_covered(step, kept.back())) kept.push_back(std::move(step));
  }
  return kept;
}

bool share_a_block(const Section& a, const Section& b) {
  std::size_t j = 0;
  for (const Entry& entry : a) {
    while (j < b.size() && b[j].block < entry.block)
      ++j;
    if (j < b.size() && b[j].block == entry.block) return true;
  }
  return false;
}

void add_section(const ArenaProblem& arena, const Section& section,
                 std::unordered_map<std::size_t, std::int32_t>& local, ArenaPart& part) {
  std::vector<SectionBlock> blocks;
  std::int64_t total_bytes = 0;
  for (const Entry& entry : section) {
    const auto next = static_cast<std::int32_t>(part.blocks.size());
    const auto [found, is_new] = local.try_emplace(entry.block, next);
    if (is_new) {
      part.blocks.push_back({entry.block,
                             static_cast<std::int32_t>(part.sections.size()),
                             {},
                             0,
                             arena.blocks[entry.block].pinned_offset,
                             {}});
    }
    PartBlock& block = part.blocks[static_cast<std::size_t>(found->second)];
    block.bytes.push_back(entry.bytes);
    block.max_bytes = std::max(block.max_bytes, entry.bytes);
    blocks.push_back({found->second, entry.bytes});
    total_bytes += entry.bytes;
  }
  part.load_bytes = std::max(part.load_bytes, total_bytes);
  part.sections.push_back(std::move(blocks));
}

void find_neighbours(ArenaPart& part) {
  const auto end_of = [](const PartBlock& block) {
    return block.first_section + static_cast<std::int32_t>(block.bytes.size());
  };
  for (std::size_t i = 0; i < part.blocks.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      PartBlock& a = part.blocks[i];
      PartBlock& b = part.blocks[j];
      if (a.first_section >= end_of(b) || b.first_section >= end_of(a)) continue;
      a.neighbours.push_back(static_cast<std::int32_t>(j));
      b.neighbours.push_back(static_cast<std::int32_t>(i));
    }
  }
}

}  // namespace

bool has_parts(const ArenaProblem& arena) {
  std::int64_t entries = 0;
  for (const ArenaBlock& block : arena.blocks)
    entries += block.end() - block.begin();
  return arena.blocks.size() <= kMaxParsedBlocks && entries <= kMaxStepEntries;
}

std::vector<ArenaPart> arena_parts(const ArenaProblem& arena) {
  const std::vector<Section> kept = sections(arena);
  std::vector<ArenaPart> parts;
  std::unordered_map<std::size_t, std::int32_t> local;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i == 0 || !share_a_block(kept[i - 1], kept[i])) {
      parts.push_back({arena.alignment_bytes, {}, {}, 0});
      local.clear();
    }
    add_section(arena, kept[i], local, parts.back());
  }
  for (ArenaPart& part : parts) {
    find_neighbours(part);
    for (const PartBlock& block : part.blocks) {
      if (block.pinned_offset)
        part.load_bytes = std::max(part.load_bytes, *block.pinned_offset + block.max_bytes);
    }
  }
  return parts;
}

}  // namespace tilewright::scheduler
