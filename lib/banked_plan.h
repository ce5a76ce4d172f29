// SPDX-License-Identifier: Apache-2.0
// From a plan of external traffic to a plan that runs: addresses in two banks, and the transfers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lib/external_layout.h"
#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/scheduling_problem.h"
#include "runtime/flat_plan.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright {

/// A program as the traffic planner sees it, and its answer.
struct BankedProgram {
  const Program& program;
  const std::vector<KernelChoice>& choices;
  const scheduler::Problem& problem;          // of `program`, with its constants
  const std::vector<ConstantUse>& constants;  // of `problem`, in its order
  const scheduler::TrafficSolution& solution;
  const ExternalLayout& external;
};

/// Bytes of constants as the kernels read them: what lies in the external bank beside the layout.
[[nodiscard]] std::int64_t constants_bytes(const scheduler::Problem& problem);

/// The plan for a solution whose storages have the places of `operand_places.h`: what streams is
/// read and written where it lies. Passes `runtime::check_plan`.
[[nodiscard]] std::shared_ptr<const runtime::FlatPlan> build_banked_plan(
    const BankedProgram& banked, std::int32_t threads);

}  // namespace tilewright
