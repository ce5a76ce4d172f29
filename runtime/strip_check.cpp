// SPDX-License-Identifier: Apache-2.0
// The judge of steps with producers: what one op makes is what the next reads, in buffers that hold
// every row they are asked for.
#include "runtime/plan_claims.h"
#include "runtime/strip_steps.h"

namespace tilewright::runtime {

Status check_strips(const FlatPlan& plan, const Step& step, const std::string& where) {
  const std::optional<std::vector<StripOp>> ops = strip_ops(step);
  if (!ops) return broken_claim(where, "strips of ops that read known rows of earlier ones");
  const StripLayout layout = strip_layout(*ops);
  for (std::size_t p = 0; p < layout.buffers.size(); ++p) {
    const Operand& dst = step.producers[p].dst;
    if (dst.region != Region::Strip || dst.offset_bytes != layout.buffers[p].offset_bytes ||
        dst.strides != kernels::dense_strides(dst.shape)) {
      return broken_claim(where, "producer " + std::to_string(p) + " to write its dense strip at " +
                                     std::to_string(layout.buffers[p].offset_bytes));
    }
  }
  for (const StripOp& op : *ops) {
    for (std::size_t i = 0; i < op.producers.size(); ++i) {
      if (op.producers[i] >= 0 &&
          op.step->src[i].strides != kernels::dense_strides(op.step->src[i].shape))
        return broken_claim(where, "strips that are read as they are written");
    }
  }
  if (step.scratch_bytes < layout.scratch_bytes || step.scratch_bytes > plan.arena_bytes)
    return broken_claim(where,
                        "scratch of " + std::to_string(layout.scratch_bytes) + " bytes for strips");
  return ok();
}

}  // namespace tilewright::runtime
