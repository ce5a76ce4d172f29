// SPDX-License-Identifier: Apache-2.0
// The whole flow with everything it found on the way: what `compile` returns to users, and what the
// tools print.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/compile.h"

#include "lib/kernel_choice.h"
#include "lib/lowering.h"
#include "lib/memory_fit.h"
#include "lib/strip_choice.h"
#include "lib/tune_model.h"
#include "scheduler/solve.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright {

struct Compilation {
  Plan plan;
  Program program;                    // fused
  std::vector<KernelChoice> choices;  // one per op of the program
  TuningReport tuning;
  std::vector<StripOutcome> strips;  // groups that were measured or are in the plan
  scheduler::Problem problem;
  scheduler::Solution solution;                       // with banks: the order alone
  std::optional<MemoryFit> memory_fit;                // under a memory limit
  std::optional<scheduler::TrafficSolution> traffic;  // with banks
};

/// Errors: InvalidArgument, for options out of range or an instruction set that this machine lacks.
[[nodiscard]] Status check_compile_options(const CompileOptions& options);

/// Whether a problem lists constants and says where operands may lie, which concerns external
/// traffic alone.
enum class ProblemConstants : std::uint8_t { Left, Listed };

/// A problem, what its limit cost, and what runs in strips.
struct ModelProblem {
  scheduler::Problem problem;
  std::optional<MemoryFit> memory_fit;  // under a memory limit
  std::vector<StripOutcome> strips;     // groups that were measured or are in the problem
};

/// The planner's problem for a model, kernels and strips chosen as `compile` would, also under a
/// limit.
[[nodiscard]] Result<ModelProblem> model_problem(
    const Model& model, const CompileOptions& options,
    ProblemConstants constants = ProblemConstants::Left);

/// What `compile` does, with all its findings.
[[nodiscard]] Result<Compilation> compile_in_detail(const Model& model,
                                                    const CompileOptions& options);

}  // namespace tilewright
