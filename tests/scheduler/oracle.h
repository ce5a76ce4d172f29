// SPDX-License-Identifier: Apache-2.0
// Answers by exhaustion, straight from docs/problem_format.md; independent of scheduler/.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scheduler/problem.h"

namespace tilewright::scheduler {

/// Sets of ops are bits of a word: op 0 is the lowest.
using OpSet = std::uint32_t;

class Oracle {
 public:
  /// At most 20 ops.
  explicit Oracle(const Problem& problem);

  [[nodiscard]] OpSet all() const { return (OpSet{1} << problem_.ops.size()) - 1; }
  [[nodiscard]] bool can_run(OpSet executed, std::size_t op) const;
  [[nodiscard]] std::vector<OpSet> executable_sets() const;  // ascending

  /// Bytes alive once `executed` has run.
  [[nodiscard]] std::int64_t live_bytes(OpSet executed) const;
  /// Bytes needed while `op` runs from `executed`.
  [[nodiscard]] std::int64_t needed_bytes(OpSet executed, std::size_t op) const;
  [[nodiscard]] std::int64_t order_peak_bytes(const std::vector<OpId>& order) const;

  /// The least peak on the way from `begin` to each executable set above it and below `end`;
  /// nothing for sets that cannot be reached. By dynamic programming.
  [[nodiscard]] std::vector<std::optional<std::int64_t>> least_peaks(OpSet begin, OpSet end) const;
  [[nodiscard]] std::int64_t least_peak_bytes() const { return *least_peaks(0, all())[all()]; }

  /// The least peak by trying every topological order.
  [[nodiscard]] std::int64_t least_peak_over_all_orders() const;
  [[nodiscard]] std::vector<std::vector<OpId>> all_orders() const;

 private:
  [[nodiscard]] std::int64_t rounded(std::int64_t bytes) const;
  [[nodiscard]] std::int64_t best_credit(OpSet executed, const Op& op, std::size_t first_pair,
                                         std::vector<StorageId>& taken) const;
  [[nodiscard]] bool pair_is_usable(OpSet executed, std::size_t op, InPlacePair pair) const;
  void extend(std::vector<OpId>& order, OpSet executed,
              std::vector<std::vector<OpId>>& orders) const;

  const Problem& problem_;
  std::vector<OpSet> writers_;
  std::vector<OpSet> readers_;
};

}  // namespace tilewright::scheduler
