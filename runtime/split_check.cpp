// SPDX-License-Identifier: Apache-2.0
// The judge of operands in two memories: the rest is inside the external bank, the kernel reads
// known rows, and the stage holds what lies on both sides.
#include <algorithm>

#include "runtime/plan_claims.h"
#include "runtime/split_steps.h"

namespace tilewright::runtime {
namespace {

bool is_split(const Operand& operand) {
  return operand.rest.has_value();
}

Status check_rest(const FlatPlan& plan, const Step& step, std::size_t position,
                  const std::string& where) {
  const Operand& operand = operand_of(step, position);
  if (!is_split(operand)) return ok();
  const Rest& rest = *operand.rest;
  const std::int64_t element_bytes = size_bytes(operand.dtype);
  const std::int64_t bytes = operand.shape.elements() * element_bytes;
  if (operand.region != Region::Arena || !may_split(step, position))
    return broken_claim(where, "split operands of which its kernel reads known rows");
  if (rest.begin_bytes <= 0 || rest.begin_bytes >= bytes || rest.begin_bytes % element_bytes != 0 ||
      rest.offset_bytes % element_bytes != 0 ||
      !fits(rest.offset_bytes, bytes - rest.begin_bytes, region_bytes(plan, Region::External))) {
    return broken_claim(where, "split operands with bytes on both sides, inside both banks");
  }
  return ok();
}

}  // namespace

Status check_splits(const FlatPlan& plan, const Step& step, const std::string& where) {
  for (const Step& producer : step.producers) {
    if (is_split(producer.dst) || std::ranges::any_of(producer.src, is_split))
      return broken_claim(where, "producers with operands in one bank");
  }
  for (std::size_t i = 0; i <= step.src.size(); ++i)
    TILEWRIGHT_RETURN_IF_ERROR(check_rest(plan, step, i, where));
  const std::int64_t needed = stage_bytes(step, bands(step));
  if (needed <= step.stage_bytes) return ok();
  return broken_claim(where, "a stage of at least " + std::to_string(needed) + " bytes, got " +
                                 std::to_string(step.stage_bytes));
}

}  // namespace tilewright::runtime
