// SPDX-License-Identifier: Apache-2.0
// Along what a step is cut into shares: its rows, or its columns where these make fairer shares.
//
//   rows        many pixels       ─► share 0: the upper rows   ─► all weights, half of the input
//   columns     few pixels or one ─► share 0: the left columns ─► half of the weights, all input
//
// Where both are as fair, columns are for weights that outweigh the input: they come from farther.
//
// Nothing of it is in a plan: it follows from the step's shapes, its kernel and its `shares`.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/flat_plan.h"

namespace tilewright::runtime {

/// A part of a dimension: [begin, end).
struct CutRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// A dimension that is cut at multiples of `granule` only.
struct Cut {
  std::int64_t extent = 0;
  std::int64_t granule = 1;

  /// Granules, the last perhaps not whole.
  [[nodiscard]] std::int64_t pieces() const { return (extent + granule - 1) / granule; }
};

struct StepCuts {
  Cut rows;
  std::optional<Cut> columns;  // none if the step's kernel cannot cut them
  std::int64_t weight_bytes = 0;
  std::int64_t input_bytes = 0;

  /// Most shares that all have something to do, at least 1.
  [[nodiscard]] std::int64_t most_shares() const;
  /// Whether columns make fairer shares than rows do, or shares as fair that read much less.
  [[nodiscard]] bool prefers_columns(std::int32_t shares) const;
};

/// The cuts of a step of a checked plan. Strips are cut between rows.
[[nodiscard]] StepCuts step_cuts(const Step& step);

/// What share number `share` of `range` has to do, perhaps nothing. The range begins at a multiple
/// of the granule.
[[nodiscard]] CutRange share_of(CutRange range, std::int64_t granule, std::int32_t share,
                                std::int32_t shares);

}  // namespace tilewright::runtime
