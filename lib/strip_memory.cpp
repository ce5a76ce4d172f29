// SPDX-License-Identifier: Apache-2.0
// Where chains of ops are cut when memory is what matters.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "lib/scheduling_problem.h"
#include "lib/strip_groups.h"

namespace tilewright {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// Bytes of what these ops read and write, each storage once.
std::int64_t touched_bytes(const Program& program, const std::vector<std::size_t>& ops) {
  std::set<std::size_t> storages;
  for (const std::size_t op : ops) {
    storages.insert(program.ops[op].dst.place.storage);
    for_each_read(program.ops[op],
                  [&](const ProgramOperand& src) { storages.insert(src.place.storage); });
  }
  std::int64_t bytes = 0;
  for (const std::size_t storage : storages)
    bytes += program.storages[storage].bytes;
  return bytes;
}

/// A part of a chain as one step, and the bytes that must be live while it runs.
struct Piece {
  StripGroup group;  // one op: as it is
  std::int64_t bytes = kNever;
};

struct Planner {
  const Program& program;
  const std::vector<KernelChoice>& choices;
  std::int32_t threads;

  [[nodiscard]] Piece piece(StripGroup group) const {
    const std::int64_t bytes = step_bytes(program, choices, group, threads);
    return {std::move(group), bytes};
  }

  /// All heights of a part, the lowest strips first.
  [[nodiscard]] std::vector<Piece> heights(const std::vector<std::size_t>& ops) const {
    std::vector<Piece> parts;
    const std::size_t last = ops.back();
    for (const std::int64_t rows : strip_heights(program.ops[last], choices[last]))
      parts.push_back(piece({ops, rows}));
    return parts;
  }
};

/// Every part of a chain in strips of every height: [first][count - 1][height].
using Choices = std::vector<std::vector<std::vector<Piece>>>;

Choices choices_of(const Planner& planner, const std::vector<std::size_t>& chain) {
  Choices result(chain.size());
  for (std::size_t first = 0; first < chain.size(); ++first) {
    result[first].push_back({planner.piece({{chain[first]}, 0})});
    for (std::size_t count = 2; count <= kMaxGroupOps && first + count <= chain.size(); ++count) {
      const auto begin = chain.begin() + static_cast<std::ptrdiff_t>(first);
      result[first].push_back(planner.heights({begin, begin + static_cast<std::ptrdiff_t>(count)}));
    }
  }
  return result;
}

/// The least bytes under which the whole chain can run.
std::int64_t least_bytes(const Choices& choices) {
  std::vector<std::int64_t> best(choices.size() + 1, kNever);
  best[0] = 0;
  for (std::size_t first = 0; first < choices.size(); ++first) {
    for (std::size_t k = 0; k < choices[first].size(); ++k) {
      for (const Piece& part : choices[first][k]) {
        std::int64_t& end = best[first + k + 1];
        end = std::min(end, std::max(best[first], part.bytes));
      }
    }
  }
  return best.back();
}

/// The parts of a chain that all run under `bytes`, with the fewest ops in strips, and these as
/// high as they can be.
std::vector<StripGroup> fewest_groups(const Choices& choices, std::int64_t bytes) {
  struct Way {
    std::int64_t ops_in_strips = kNever;
    std::size_t from = 0;
    const Piece* part = nullptr;
  };
  std::vector<Way> ways(choices.size() + 1);
  ways[0].ops_in_strips = 0;
  for (std::size_t first = 0; first < choices.size(); ++first) {
    if (ways[first].ops_in_strips == kNever) continue;
    for (std::size_t k = 0; k < choices[first].size(); ++k) {
      const auto fits = [&](const Piece& part) { return part.bytes <= bytes; };
      const auto& heights = choices[first][k];
      const auto part = std::find_if(heights.rbegin(), heights.rend(), fits);
      if (part == heights.rend()) continue;
      const std::int64_t ops =
          ways[first].ops_in_strips + (k == 0 ? 0 : static_cast<std::int64_t>(k + 1));
      if (ops < ways[first + k + 1].ops_in_strips) ways[first + k + 1] = {ops, first, &*part};
    }
  }
  std::vector<StripGroup> groups;
  for (std::size_t end = choices.size(); end > 0; end = ways[end].from) {
    if (ways[end].part->group.ops.size() > 1) groups.push_back(ways[end].part->group);
  }
  std::ranges::reverse(groups);
  return groups;
}

}  // namespace

std::int64_t step_bytes(const Program& program, const std::vector<KernelChoice>& choices,
                        const StripGroup& group, std::int32_t threads) {
  const std::int64_t touched = touched_bytes(program, group.ops);
  if (group.ops.size() == 1) {
    const std::size_t op = group.ops.front();
    return touched + worker_scratch_bytes(program.ops[op], choices[op]) * threads;
  }
  const StripMemory memory = strip_memory(program, choices, group);
  return touched + memory.worker_scratch_bytes * threads - memory.removed_bytes;
}

std::vector<StripGroup> memory_groups(const Program& program,
                                      const std::vector<KernelChoice>& choices,
                                      std::int32_t threads, std::int64_t target_bytes) {
  const Planner planner{program, choices, threads};
  std::vector<Choices> chains;
  std::vector<bool> is_in_chain(program.ops.size(), false);
  std::int64_t bytes = target_bytes;
  for (const std::vector<std::size_t>& chain : strip_chains(program, choices)) {
    chains.push_back(choices_of(planner, chain));
    bytes = std::max(bytes, least_bytes(chains.back()));
    for (const std::size_t op : chain)
      is_in_chain[op] = true;
  }
  for (std::size_t op = 0; op < program.ops.size(); ++op) {
    if (!is_in_chain[op]) bytes = std::max(bytes, planner.piece({{op}, 0}).bytes);
  }
  std::vector<StripGroup> groups;
  for (const Choices& chain : chains) {
    for (StripGroup& group : fewest_groups(chain, bytes))
      groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace tilewright
