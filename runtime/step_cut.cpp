// SPDX-License-Identifier: Apache-2.0
#include "runtime/step_cut.h"

#include <algorithm>

#include "runtime/plan_claims.h"

namespace tilewright::runtime {
namespace {

/// With more bytes of weights to one of input, shares should not all read all weights.
constexpr std::int64_t kMuchMoreWeight = 4;

/// Pieces of the largest share.
std::int64_t largest_share(std::int64_t pieces, std::int64_t shares) {
  return (pieces + shares - 1) / shares;
}

}  // namespace

std::int64_t StepCuts::most_parts(CutAxis axis) const {
  if (axis == CutAxis::Columns && !columns) return 0;
  return std::max<std::int64_t>(1, (axis == CutAxis::Rows ? rows : *columns).pieces());
}

bool StepCuts::prefers_columns(std::int32_t shares) const {
  if (!columns || rows.pieces() == 0 || columns->pieces() == 0) return false;
  const std::int64_t by_rows = largest_share(rows.pieces(), shares) * columns->pieces();
  const std::int64_t by_columns = largest_share(columns->pieces(), shares) * rows.pieces();
  const bool outweighs = weight_bytes > kMuchMoreWeight * input_bytes;
  if (shares > 1 && outweighs && by_columns <= by_rows) return true;
  // Each share brings all of the input to its kernel, so columns must save more than a fifth.
  return 5 * by_columns < 4 * by_rows;
}

bool StepCuts::allows(const Sharing& sharing) const {
  return sharing.threads >= 1 && sharing.parts >= sharing.threads && sharing.parts <= kMostParts &&
         sharing.parts <= most_parts(sharing.axis);
}

StepCuts step_cuts(const Step& step) {
  return step_cuts(step, specs_of(step));
}

StepCuts step_cuts(const Step& step, const StepSpecs& specs) {
  const kernels::Call call{step.op, specs.src, specs.dst};
  const kernels::Kernel& kernel = *step.kernel;
  StepCuts cuts;
  cuts.rows.extent = kernels::row_count(step.dst.shape);
  if (!step.producers.empty()) {
    cuts.rows.granule = step.strip_rows;
    return cuts;
  }
  cuts.rows.granule = kernel.row_granule(call, kernel, step.config);
  if (kernel.column_granule == nullptr) return cuts;
  for (std::size_t i = 0; i < step.src.size(); ++i) {
    const bool is_weight = step.src[i].region == Region::Packed;
    (is_weight ? cuts.weight_bytes : cuts.input_bytes) += specs.src[i].size_bytes();
  }
  cuts.columns =
      Cut{kernels::column_count(step.dst.shape), kernel.column_granule(call, kernel, step.config)};
  return cuts;
}

Sharing fair_sharing(const StepCuts& cuts, std::int32_t threads) {
  const CutAxis axis = cuts.prefers_columns(threads) ? CutAxis::Columns : CutAxis::Rows;
  const auto shares =
      static_cast<std::int32_t>(std::min<std::int64_t>(threads, cuts.most_parts(axis)));
  return {shares, shares, axis};
}

CutRange part_of(CutRange range, std::int64_t granule, std::int32_t part, std::int32_t parts) {
  const std::int64_t pieces = (range.end - range.begin + granule - 1) / granule;
  const std::int64_t begin = range.begin + pieces * part / parts * granule;
  const std::int64_t end = range.begin + pieces * (part + 1) / parts * granule;
  return {begin, std::min(end, range.end)};
}

Status check_sharing(const FlatPlan& plan, const Step& step, const std::string& where) {
  const Sharing& sharing = step.sharing;
  if (sharing.threads < 1 || sharing.threads > plan.threads)
    return broken_claim(where, "1 to " + std::to_string(plan.threads) + " threads to share it");
  if (!step_cuts(step).allows(sharing))
    return broken_claim(where, "a part for each thread and work for each part");
  return ok();
}

}  // namespace tilewright::runtime
