// SPDX-License-Identifier: Apache-2.0
// Which operands may lie in two banks while their ops run, and which not: what an executable plan
// may decide.
#pragma once

#include <vector>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "scheduler/problem.h"

namespace tilewright {

/// Sets the places of the storages of `problem`, the scheduling problem of `program` with its banks
/// and constants.
///
/// Kernels find packed weights and other constants in one bank. A storage is in fast memory while
/// it is used if some op reads or writes a slice of it (the plan would count all of it) or nobody
/// needs what is written. It is in one bank if an op that uses it may read any row of it, or if
/// what the op would have to copy where the bytes change sides may exceed `stage_bytes`.
void set_operand_places(const Program& program, const std::vector<KernelChoice>& choices,
                        scheduler::Problem& problem);

}  // namespace tilewright
