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

/// Scratch of one worker for op `i` under its chosen kernel, rounded up to kTensorAlignment.
[[nodiscard]] std::int64_t worker_scratch_bytes(const ProgramOp& op, const KernelChoice& choice);

/// Storages and ops keep their positions. An op may run in place where its kernel allows it and
/// both tensors fill their storages alike; inputs that must survive, or that nobody reads, are
/// outputs to the planner.
[[nodiscard]] scheduler::Problem scheduling_problem(const Program& program,
                                                    const std::vector<KernelChoice>& choices,
                                                    const ProblemOptions& options);

/// Appends a storage for each constant operand of `program`, with the bytes of its tensor, and lets
/// its op read it.
void add_constants(const Program& program, scheduler::Problem& problem);

}  // namespace tilewright
