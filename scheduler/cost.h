// SPDX-License-Identifier: Apache-2.0
// The definitions: how long a storage lives under an order, and how many bytes a step needs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/dependencies.h"
#include "scheduler/problem.h"
#include "scheduler/solution.h"

namespace tilewright::scheduler {

/// Steps [begin, end) during which a storage lives; empty if it is constant or dead.
struct Lifetime {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] bool empty() const { return begin == end; }
  bool operator==(const Lifetime&) const = default;
};

/// `bytes` rounded up to a multiple of `alignment_bytes`.
[[nodiscard]] constexpr std::int64_t round_up(std::int64_t bytes, std::int64_t alignment_bytes) {
  return (bytes + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
}

/// Bytes a storage takes in the arena while it lives.
[[nodiscard]] inline std::int64_t aligned_bytes(const Problem& problem, StorageId id) {
  return round_up(problem.storages[index(id)].bytes, problem.alignment_bytes);
}

/// The number of steps of a plan. A problem without ops has one, in which its inputs live.
[[nodiscard]] std::int64_t step_count(const Problem& problem);

/// One per storage. `order` must be a topological order of all ops.
[[nodiscard]] std::vector<Lifetime> lifetimes(const Problem& problem,
                                              const Dependencies& dependencies,
                                              std::span<const OpId> order);

/// The pairs that may be used under `order`: the read dies and the write is born in that op, and
/// bytes are saved.
[[nodiscard]] std::vector<InPlaceUse> usable_pairs(const Problem& problem,
                                                   std::span<const Lifetime> lifetimes,
                                                   std::span<const OpId> order);

/// Of `usable`, those that save the most bytes in each op, every storage at most once per op.
[[nodiscard]] std::vector<InPlaceUse> best_pairs(const Problem& problem,
                                                 std::span<const InPlaceUse> usable);

/// Bytes needed in each step: living storages, scratch of the op, less the credit of `used`, which
/// is min(read, write) for each pair.
[[nodiscard]] std::vector<std::int64_t> step_bytes(const Problem& problem,
                                                   std::span<const Lifetime> lifetimes,
                                                   std::span<const OpId> order,
                                                   std::span<const InPlaceUse> used);

/// The greatest of `step_bytes` with the best pairs in every step.
[[nodiscard]] std::int64_t peak_bytes(const Problem& problem, const Dependencies& dependencies,
                                      std::span<const OpId> order);

}  // namespace tilewright::scheduler
