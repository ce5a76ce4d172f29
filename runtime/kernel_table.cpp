// SPDX-License-Identifier: Apache-2.0
#include "runtime/kernel_table.h"

#include <chrono>

namespace tilewright::runtime {
namespace {

using Clock = std::chrono::steady_clock;

void run_tuned_step(const StepKernels& kernels, std::size_t step, StepTuner& tuner,
                    const Workers& workers) {
  const std::int64_t rows = kernels.front().rows;
  for (std::int64_t begin = 0; begin < rows;) {
    const StepPart part = tuner.next(step, begin);
    const BoundStep& kernel = kernels[static_cast<std::size_t>(part.kernel)];
    TILEWRIGHT_CHECK(part.row_end > begin && part.row_end <= rows);
    if (!part.is_timed) {
      run_rows(kernel, begin, part.row_end, workers);
    } else {
      const Clock::time_point start = Clock::now();
      run_rows(kernel, begin, part.row_end, workers);
      tuner.report(
          step, std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count());
    }
    begin = part.row_end;
  }
}

}  // namespace

std::vector<StepKernels> bind_table(const FlatPlan& plan, const KernelTable& table,
                                    std::byte* arena) {
  std::vector<StepKernels> steps(plan.steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].push_back(bind_step(plan, plan.steps[i], plan.constants, {.arena = arena}));
    for (const Alternative& other : table.alternatives[i]) {
      const auto weights = other.weights == Weights::Plans ? plan.constants : table.packed;
      steps[i].push_back(bind_step(plan, other.step, weights, {.arena = arena}));
    }
  }
  return steps;
}

Status run_tuned_steps(std::span<const StepKernels> steps, StepTuner& tuner, const Workers& workers,
                       const std::atomic<bool>& cancelled, const StepHook& hook) {
  tuner.begin_run();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (cancelled.load(std::memory_order_relaxed)) return stopped_before(steps[i].front(), i);
    if (hook.before != nullptr) hook.before(hook.user, i);
    if (steps[i].size() == 1) {
      run_step(steps[i].front(), workers);
    } else {
      run_tuned_step(steps[i], i, tuner, workers);
    }
    if (hook.after != nullptr) hook.after(hook.user, i);
  }
  tuner.end_run();
  return ok();
}

}  // namespace tilewright::runtime
