// SPDX-License-Identifier: Apache-2.0
// Dynamic programming over the subsets of the smaller side, one element of the larger at a time.
#include "scheduler/matching.h"

#include <algorithm>

#include "scheduler/problem.h"

namespace tilewright::scheduler {
namespace {

std::vector<std::int64_t> different(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::size_t position(const std::vector<std::int64_t>& sorted, std::int64_t value) {
  return static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), value) -
                                  sorted.begin());
}

struct Sides {
  std::vector<std::vector<std::size_t>> pairs_of_row;  // rows: the larger side
  std::vector<std::size_t> column_of_pair;             // columns: the smaller side
  std::size_t columns = 0;
};

Sides split_sides(std::span<const WeightedPair> pairs) {
  std::vector<std::int64_t> reads;
  std::vector<std::int64_t> writes;
  for (const WeightedPair& pair : pairs) {
    reads.push_back(pair.read);
    writes.push_back(pair.write);
  }
  reads = different(std::move(reads));
  writes = different(std::move(writes));
  const bool rows_are_reads = reads.size() >= writes.size();
  Sides sides;
  sides.columns = std::min(reads.size(), writes.size());
  sides.pairs_of_row.resize(std::max(reads.size(), writes.size()));
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::size_t read = position(reads, pairs[i].read);
    const std::size_t write = position(writes, pairs[i].write);
    sides.pairs_of_row[rows_are_reads ? read : write].push_back(i);
    sides.column_of_pair.push_back(rows_are_reads ? write : read);
  }
  return sides;
}

}  // namespace

std::vector<std::size_t> best_matching(std::span<const WeightedPair> pairs) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  const Sides sides = split_sides(pairs);
  TILEWRIGHT_CHECK(sides.columns <= kMaxInPlaceSide);
  const std::size_t masks = std::size_t{1} << sides.columns;
  std::vector<std::int64_t> best(masks, 0);  // with columns of the mask free to use
  std::vector<std::vector<std::size_t>> choice;
  for (const std::vector<std::size_t>& row : sides.pairs_of_row) {
    std::vector<std::int64_t> next = best;
    choice.emplace_back(masks, kNone);
    for (std::size_t mask = 0; mask < masks; ++mask) {
      for (const std::size_t pair : row) {
        const std::size_t bit = std::size_t{1} << sides.column_of_pair[pair];
        if ((mask & bit) == 0 || best[mask ^ bit] + pairs[pair].bytes <= next[mask]) continue;
        next[mask] = best[mask ^ bit] + pairs[pair].bytes;
        choice.back()[mask] = pair;
      }
    }
    best = std::move(next);
  }
  std::vector<std::size_t> chosen;
  std::size_t mask = masks - 1;
  for (std::size_t row = choice.size(); row-- > 0;) {
    const std::size_t pair = choice[row][mask];
    if (pair == kNone) continue;
    chosen.push_back(pair);
    mask ^= std::size_t{1} << sides.column_of_pair[pair];
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::int64_t matching_bytes(std::span<const WeightedPair> pairs) {
  std::int64_t bytes = 0;
  const auto has_write = [&](const WeightedPair& pair) { return pair.write == pairs[0].write; };
  const auto has_read = [&](const WeightedPair& pair) { return pair.read == pairs[0].read; };
  if (std::ranges::all_of(pairs, has_write) || std::ranges::all_of(pairs, has_read)) {
    for (const WeightedPair& pair : pairs)
      bytes = std::max(bytes, pair.bytes);
    return bytes;
  }
  for (const std::size_t chosen : best_matching(pairs))
    bytes += pairs[chosen].bytes;
  return bytes;
}

}  // namespace tilewright::scheduler
