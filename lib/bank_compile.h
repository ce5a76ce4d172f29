// SPDX-License-Identifier: Apache-2.0
// What `compile` does for a machine with banks: plan the traffic, lay out both memories.
#pragma once

#include <vector>

#include "tilewright/compile.h"

#include "lib/banked_plan.h"

namespace tilewright {

/// Errors: InvalidArgument, for banks or limits that make no sense together; Unsupported, for
/// tuning inside inferences.
[[nodiscard]] Status check_bank_options(const CompileOptions& options);

/// Sets what `options` say of memories, banks or none, and how to plan for them.
void set_banks(const CompileOptions& options, scheduler::Problem& problem);

struct BankedResult {
  std::shared_ptr<const runtime::FlatPlan> plan;
  scheduler::TrafficSolution solution;
};

/// Plans and builds `program` for the banks of checked `options`; `problem` gets its constants and
/// banks. Errors: Infeasible, with the bank, the least size proven and what makes it;
/// ResourceExhausted, if the external bank is too small for the layout found.
[[nodiscard]] Result<BankedResult> compile_for_banks(const Program& program,
                                                     const std::vector<KernelChoice>& choices,
                                                     const CompileOptions& options,
                                                     scheduler::Problem& problem);

}  // namespace tilewright
