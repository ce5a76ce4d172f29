// SPDX-License-Identifier: Apache-2.0
// Which in-place pairs of one op to use: a matching of greatest weight.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tilewright::scheduler {

/// A read and a write, each a number of the caller's choice, and the bytes saved by sharing.
struct WeightedPair {
  std::int64_t read = 0;
  std::int64_t write = 0;
  std::int64_t bytes = 0;
};

/// Positions of the pairs of a matching of greatest total bytes, ascending. Exact; needs at most
/// `kMaxInPlaceSide` different reads or writes: time is O(pairs * 2^side).
[[nodiscard]] std::vector<std::size_t> best_matching(std::span<const WeightedPair> pairs);

/// The total bytes of such a matching; allocates nothing if all pairs compete for one read or
/// write.
[[nodiscard]] std::int64_t matching_bytes(std::span<const WeightedPair> pairs);

}  // namespace tilewright::scheduler
