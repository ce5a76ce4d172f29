// SPDX-License-Identifier: Apache-2.0
// What the sessions of a plan may run in place of its own kernels, to find out which is faster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tilewright/step_tuner.h"

#include "runtime/executor.h"
#include "runtime/flat_plan.h"

namespace tilewright::runtime {

/// Whose packed weights an alternative reads.
enum class Weights : std::uint8_t { Plans, Tables };

/// A step of the plan by another kernel: with the same operands; scratch may lie behind the plan's
/// arena. `step.packed_offset_bytes` counts from the constants of the plan or from
/// `KernelTable::packed`.
struct Alternative {
  Step step;
  Weights weights = Weights::Plans;
};

/// Immutable and shared by the sessions of a plan, as the plan itself; not part of its file.
struct KernelTable {
  std::vector<std::vector<Alternative>> alternatives;  // one list per step of the plan
  std::int64_t arena_bytes = 0;  // of a session: the plan's own, then scratch of alternatives
  std::shared_ptr<const void> packed_owner;
  std::span<const std::byte> packed;  // weights, aligned to kTensorAlignment
  std::unique_ptr<const StepTunerFactory> tuners;
};

/// The kernels of one step by their numbers: the plan's own, then the alternatives.
using StepKernels = std::vector<BoundStep>;

/// Resolves the addresses of all kernels of a plan, as `bind` does. Allocates.
[[nodiscard]] std::vector<StepKernels> bind_table(const FlatPlan& plan, const KernelTable& table,
                                                  std::byte* arena);

/// What `run_steps` does, with each step by the kernels that `tuner` asks for.
[[nodiscard]] Status run_tuned_steps(std::span<const StepKernels> steps, StepTuner& tuner,
                                     const Workers& workers, const std::atomic<bool>& cancelled,
                                     const StepHook& hook);

}  // namespace tilewright::runtime
