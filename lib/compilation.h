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
#include "lib/strip_choice.h"
#include "lib/tune_model.h"
#include "scheduler/solve.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright {

/// What a memory limit cost, and whether less time is possible within it.
struct MemoryFit {
  double seconds = 0;        // of all kernels of an inference, as far as their times are known
  double least_seconds = 0;  // proven: no choice of kernels within the limit takes less
  bool proven_fastest = false;
  std::size_t slower_kernels = 0;  // ops whose fastest kernel had too much scratch
};

struct Compilation {
  Plan plan;
  Program program;                    // fused
  std::vector<KernelChoice> choices;  // one per op of the program
  TuningReport tuning;
  std::vector<StripOutcome> strips;  // groups that were measured or are in the plan
  scheduler::Problem problem;
  scheduler::Solution solution;                       // with banks: the order alone
  std::optional<MemoryFit> memory_fit;                // under a memory limit, without strips
  std::optional<scheduler::TrafficSolution> traffic;  // with banks
};

/// Errors: InvalidArgument, for options out of range or an instruction set that this machine lacks.
[[nodiscard]] Status check_compile_options(const CompileOptions& options);

/// The planner answers with its best plan even if that is above the limit and nobody knows whether
/// a smaller one exists. Errors: ResourceExhausted, in this case.
[[nodiscard]] Status check_memory_limit(const scheduler::Problem& problem,
                                        const scheduler::Solution& solution);

/// Whether a problem lists constants and says where operands may lie, which concerns external
/// traffic alone.
enum class ProblemConstants : std::uint8_t { Left, Listed };

/// The planner's problem for a model, kernels chosen as `compile` would, also under a limit.
[[nodiscard]] Result<scheduler::Problem> model_problem(
    const Model& model, const CompileOptions& options,
    ProblemConstants constants = ProblemConstants::Left);

/// What `compile` does, with all its findings.
[[nodiscard]] Result<Compilation> compile_in_detail(const Model& model,
                                                    const CompileOptions& options);

}  // namespace tilewright
