// SPDX-License-Identifier: Apache-2.0
#include "runtime/bound_band.h"

#include <algorithm>

#include "runtime/split_steps.h"

namespace tilewright::runtime {
namespace {

/// Binds the operands of the bands of one step.
class BandBinder {
 public:
  BandBinder(const FlatPlan& plan, const Step& step, const BandOperands& operands,
             const Memories& memories)
      : plan_(plan), step_(step), operands_(operands), memories_(memories) {
    stage_ = operands.scratch + step.scratch_bytes * plan.threads;
  }

  [[nodiscard]] BoundBand bind(const Band& band) const {
    BoundBand result{{band.rows.begin, band.rows.end}, {}, operands_.dst, {}, {}};
    result.src.assign(operands_.src.begin(), operands_.src.end());
    for (std::size_t i = 0; i < band.src.size(); ++i) {
      const Operand& src = step_.src[i];
      result.src[i].data = place(src, band.src[i]);
      for_each_part(src, band.src[i], [&](std::byte* staged, std::byte* own, std::int64_t bytes) {
        result.before.push_back({staged, own, bytes});
      });
    }
    const Operand& dst = step_.dst;
    result.dst.data = place(dst, band.dst);
    for_each_part(dst, band.dst, [&](std::byte* staged, std::byte* own, std::int64_t bytes) {
      result.after.push_back({own, staged, bytes});
    });
    return result;
  }

 private:
  [[nodiscard]] std::byte* own(const Operand& operand) const {
    return address(plan_, memories_, operand.region, operand.offset_bytes);
  }
  [[nodiscard]] std::byte* rest(const Operand& operand) const {
    return address(plan_, memories_, Region::External, operand.rest->offset_bytes);
  }

  /// Where a tensor begins whose rows of the band are on their side.
  [[nodiscard]] std::byte* place(const Operand& operand, const BandOperand& where) const {
    switch (where.side) {
      case Side::Own:
        return own(operand);
      case Side::Outside:
        return moved_back(rest(operand), operand.rest->begin_bytes);
      case Side::Stage:
        return moved_back(stage_ + where.stage_offset_bytes, where.rows.begin * row_bytes(operand));
    }
    return nullptr;
  }

  /// Calls visit(where it is staged, where it belongs, bytes) for the staged bytes of both sides.
  template <typename Visit>
  void for_each_part(const Operand& operand, const BandOperand& where, const Visit& visit) const {
    if (where.side != Side::Stage) return;
    const std::int64_t split = operand.rest->begin_bytes;
    const std::int64_t begin = where.rows.begin * row_bytes(operand);
    const std::int64_t end = where.rows.end * row_bytes(operand);
    std::byte* const stage = stage_ + where.stage_offset_bytes;
    if (begin < split) visit(stage, own(operand) + begin, std::min(end, split) - begin);
    const std::int64_t from = std::max(begin, split);
    if (from < end) visit(stage + (from - begin), rest(operand) + (from - split), end - from);
  }

  const FlatPlan& plan_;
  const Step& step_;
  const BandOperands& operands_;
  const Memories& memories_;
  std::byte* stage_ = nullptr;
};

}  // namespace

std::vector<BoundBand> bind_bands(const FlatPlan& plan, const Step& step,
                                  const BandOperands& operands, const Memories& memories) {
  const BandBinder binder(plan, step, operands, memories);
  std::vector<BoundBand> result;
  for (const Band& band : bands(step))
    result.push_back(binder.bind(band));
  return result;
}

}  // namespace tilewright::runtime
