// SPDX-License-Identifier: Apache-2.0
#include "runtime/executor.h"

namespace tilewright::runtime {
namespace {

kernels::TensorRef resolve(const FlatPlan& plan, const Operand& operand, std::byte* arena) {
  kernels::TensorRef ref{nullptr, operand.dtype, operand.shape, operand.strides};
  switch (operand.region) {
    case Region::Arena:
      ref.data = arena + operand.offset_bytes;
      break;
    case Region::Constants:
      // Kernels only read their sources; the reference has one type for both.
      ref.data = const_cast<std::byte*>(plan.constants.data()) + operand.offset_bytes;
      break;
    case Region::Packed:
      break;
  }
  return ref;
}

void run_share(void* user, std::int32_t share) {
  const BoundStep& bound = *static_cast<const BoundStep*>(user);
  const Step& step = *bound.step;
  const std::int64_t panels = (bound.rows + bound.granule - 1) / bound.granule;
  const std::int64_t begin = panels * share / step.shares * bound.granule;
  const std::int64_t end = panels * (share + 1) / step.shares * bound.granule;
  if (begin >= end) return;
  step.kernel->run({step.op, bound.src, bound.dst, bound.packed,
                    bound.scratch + share * step.scratch_bytes, step.config, *step.kernel, begin,
                    end < bound.rows ? end : bound.rows});
}

}  // namespace

std::vector<BoundStep> bind(const FlatPlan& plan, std::byte* arena) {
  std::vector<BoundStep> bound;
  bound.reserve(plan.steps.size());
  for (const Step& step : plan.steps) {
    const StepSpecs specs = specs_of(step);
    const kernels::Call call{step.op, specs.src, specs.dst};
    BoundStep next;
    next.step = &step;
    for (const Operand& src : step.src)
      next.src.push_back(resolve(plan, src, arena));
    next.dst = resolve(plan, step.dst, arena);
    next.packed = plan.constants.data() + step.packed_offset_bytes;
    next.scratch = arena + step.scratch_offset_bytes;
    next.rows = kernels::row_count(step.dst.shape);
    next.granule = step.kernel->row_granule(call, *step.kernel, step.config);
    TILEWRIGHT_CHECK(next.granule >= 1);
    bound.push_back(std::move(next));
  }
  return bound;
}

void run_step(const BoundStep& bound, const Workers& workers) {
  void* user =
      const_cast<BoundStep*>(&bound);  // only read; task functions take one untyped pointer
  const std::int32_t shares = bound.step->shares;
  if (shares > 1 && workers.run != nullptr) {
    workers.run(workers.pool, shares, run_share, user);
    return;
  }
  for (std::int32_t share = 0; share < shares; ++share)
    run_share(user, share);
}

Status run_steps(std::span<const BoundStep> steps, const Workers& workers,
                 const std::atomic<bool>& cancelled, const StepHook& hook) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (cancelled.load(std::memory_order_relaxed)) {
      return Error{ErrorCode::Cancelled, "run: stopped before step " + std::to_string(i) + " '" +
                                             steps[i].step->name + "' as asked"};
    }
    if (hook.before != nullptr) hook.before(hook.user, i);
    run_step(steps[i], workers);
    if (hook.after != nullptr) hook.after(hook.user, i);
  }
  return ok();
}

}  // namespace tilewright::runtime
