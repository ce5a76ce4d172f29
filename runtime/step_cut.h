// SPDX-License-Identifier: Apache-2.0
// Along what a step can be cut into parts: its rows, or its columns where the kernel allows it.
//
//   rows        many pixels       ─► part 0: the upper rows   ─► all weights, half of the input
//   columns     few pixels or one ─► part 0: the left columns ─► half of the weights, all input
//
// Where nothing is measured, columns are cut where they make fairer shares. Where both are as fair,
// they are for weights that outweigh the input: these come from farther.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tilewright/status.h"

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

  /// Most parts along `axis` that all have something to do, at least 1; 0 if it cannot be cut.
  [[nodiscard]] std::int64_t most_parts(CutAxis axis) const;
  /// Whether columns make fairer shares than rows do, or shares as fair that read much less.
  [[nodiscard]] bool prefers_columns(std::int32_t shares) const;
  /// Whether every part has something to do, and every thread a part.
  [[nodiscard]] bool allows(const Sharing& sharing) const;
};

/// The cuts of a step of a checked plan. Strips are cut between rows.
[[nodiscard]] StepCuts step_cuts(const Step& step);
[[nodiscard]] StepCuts step_cuts(const Step& step, const StepSpecs& specs);

/// What `threads` make of a step where nothing is measured: one part each, or fewer parts if there
/// is nothing for all.
[[nodiscard]] Sharing fair_sharing(const StepCuts& cuts, std::int32_t threads);

/// Part number `part` of `range`, perhaps nothing. The range begins at a multiple of the granule.
[[nodiscard]] CutRange part_of(CutRange range, std::int64_t granule, std::int32_t part,
                               std::int32_t parts);

/// Checks how a step is shared whose operands, kernel and producers were checked. Errors:
/// InvalidModel.
[[nodiscard]] Status check_sharing(const FlatPlan& plan, const Step& step,
                                   const std::string& where);

}  // namespace tilewright::runtime
