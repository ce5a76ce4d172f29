// SPDX-License-Identifier: Apache-2.0
// What the planner has to know about a program: bytes, who reads and writes them, scratch, and what
// may run in place.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "scheduler/problem.h"

namespace tilewright {

struct ProblemOptions {
  std::int32_t threads = 1;  // workers with scratch of their own
  bool preserve_inputs = false;
  std::optional<std::int64_t> memory_limit_bytes;
};

/// Scratch of one worker for `op` under its chosen kernel, rounded up to kTensorAlignment.
[[nodiscard]] std::int64_t worker_scratch_bytes(const ProgramOp& op, const KernelChoice& choice);

/// Storages and ops keep their positions. An op may run in place where its kernel allows it and
/// both tensors fill their storages alike; inputs that must survive, or that nobody reads, are
/// outputs to the planner.
[[nodiscard]] scheduler::Problem scheduling_problem(const Program& program,
                                                    const std::vector<KernelChoice>& choices,
                                                    const ProblemOptions& options);

/// What a constant storage of a problem stands for.
struct ConstantUse {
  std::size_t op = 0;
  std::optional<std::size_t> src;  // an operand that the kernel reads as it is; none: what it packs
};

/// Appends the constants as the kernels of `choices` read them, which concern external traffic: a
/// storage for each op's packed weights and for each constant operand that is not packed. The
/// result stands in the order of these storages.
std::vector<ConstantUse> add_constants(const Program& program,
                                       const std::vector<KernelChoice>& choices,
                                       scheduler::Problem& problem);

}  // namespace tilewright
