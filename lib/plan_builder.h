// SPDX-License-Identifier: Apache-2.0
// Puts program, kernels and addresses together into the plan a session runs, and packs the weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "runtime/flat_plan.h"
#include "scheduler/solution.h"

namespace tilewright {

/// A step for one op, before memory is planned: offsets are those inside each operand's storage,
/// constants and packed weights are laid out from `constants_bytes` on, which grows.
[[nodiscard]] runtime::Step make_step(const ProgramOp& op, const KernelChoice& choice,
                                      std::int32_t threads, std::int64_t& constants_bytes);

/// Fills the packed weights and constants of a step of `make_step` into `constants`.
void write_constants(const ProgramOp& op, const runtime::Step& step, std::byte* constants);

/// The packed weights alone.
void write_packed(const ProgramOp& op, const runtime::Step& step, std::byte* constants);

/// Memory at kTensorAlignment, filled with zeros.
[[nodiscard]] std::shared_ptr<std::byte> aligned_bytes(std::int64_t size_bytes);

/// Gives `plan` constants of its own: those of its steps, of which step k is op `order[k]` as
/// `make_step` made it.
void fill_constants(const Program& program, std::span<const scheduler::OpId> order,
                    std::int64_t constants_bytes, runtime::FlatPlan& plan);

/// Stops the program unless `plan` passes `runtime::check_plan`: a plan that the library built.
void require_sound(const runtime::FlatPlan& plan);

/// The plan for `solution`; passes `runtime::check_plan`.
[[nodiscard]] std::shared_ptr<const runtime::FlatPlan> build_plan(
    const Program& program, const std::vector<KernelChoice>& choices,
    const scheduler::Solution& solution, std::int32_t threads);

}  // namespace tilewright
