// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_tflite.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

namespace tilewright::scheduler {
namespace {

struct Item {
  Lifetime lifetime;
  std::int64_t bytes = 0;
  std::int64_t offset = 0;
  bool permanent = false;  // alive from the first step and never freed
};

std::vector<Item> items(const Problem& problem, std::span<const Lifetime> lifetimes,
                        std::span<const OpId> order) {
  std::vector<Item> result;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    if (lifetimes[i].empty()) continue;
    const bool permanent = lifetimes[i].begin == 0 && problem.storages[i].output;
    result.push_back({lifetimes[i], aligned_bytes(problem, storage_id(i)), 0, permanent});
  }
  for (std::size_t step = 0; step < order.size(); ++step) {
    const std::int64_t bytes = problem.ops[index(order[step])].scratch_bytes;
    const auto begin = static_cast<std::int64_t>(step);
    if (bytes > 0) result.push_back({{begin, begin + 1}, bytes, 0, false});
  }
  std::stable_sort(result.begin(), result.end(), [](const Item& a, const Item& b) {
    if (a.permanent || b.permanent) return a.permanent && !b.permanent;
    if (a.bytes != b.bytes) return a.bytes > b.bytes;
    return a.lifetime.begin < b.lifetime.begin;
  });
  return result;
}

/// The start of the tightest gap between the items alive together with `item`, or the top.
std::int64_t best_fit(const std::vector<Item>& placed_by_offset, const Item& item,
                      std::int64_t alignment_bytes) {
  std::optional<std::int64_t> best;
  std::int64_t best_gap_bytes = std::numeric_limits<std::int64_t>::max();
  std::int64_t top = 0;
  for (const Item& other : placed_by_offset) {
    if (other.lifetime.end <= item.lifetime.begin || other.lifetime.begin >= item.lifetime.end) {
      continue;
    }
    const std::int64_t start = round_up(top, alignment_bytes);
    const bool fits = start + item.bytes <= other.offset;
    if (fits && other.offset - start < best_gap_bytes) {
      best = start;
      best_gap_bytes = other.offset - top;
    }
    top = std::max(top, other.offset + other.bytes);
    if (best_gap_bytes == 0) break;
  }
  return best.value_or(round_up(top, alignment_bytes));
}

}  // namespace

std::int64_t tflite_arena_bytes(const Problem& problem, std::span<const Lifetime> lifetimes,
                                std::span<const OpId> order) {
  std::vector<Item> placed;
  std::int64_t height = 0;
  for (Item& item : items(problem, lifetimes, order)) {
    item.offset = best_fit(placed, item, problem.alignment_bytes);
    height = std::max(height, item.offset + item.bytes);
    const auto after =
        std::upper_bound(placed.begin(), placed.end(), item,
                         [](const Item& a, const Item& b) { return a.offset < b.offset; });
    placed.insert(after, item);
  }
  return height;
}

}  // namespace tilewright::scheduler
