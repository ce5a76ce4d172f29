// SPDX-License-Identifier: Apache-2.0
// The whole flow on one page: lower, choose kernels, plan memory, build the plan.
#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/bank_compile.h"
#include "lib/compilation.h"
#include "lib/in_situ_table.h"
#include "lib/memory_fit.h"
#include "lib/operand_places.h"
#include "lib/plan_builder.h"
#include "lib/scheduling_problem.h"
#include "lib/strip_choice.h"
#include "runtime/cpu_features.h"
#include "scheduler/solve.h"

namespace tilewright {
namespace {

struct Prepared {
  Program lowered;
  TunedKernels kernels;
  StripChoice strips;
  FusedProgram fused;
  scheduler::Problem problem;
  std::optional<MemoryFit> memory_fit;
  std::optional<scheduler::Solution> solution;  // under a memory limit
};

scheduler::Problem problem_of(const FusedProgram& fused, const CompileOptions& options) {
  return scheduling_problem(fused.program, fused.choices,
                            {options.threads, options.preserve_inputs, options.memory_limit_bytes});
}

/// Fuses `groups` into what was lowered, and says what the planner has to know of it.
void take_groups(const CompileOptions& options, std::vector<StripGroup> groups,
                 Prepared& prepared) {
  prepared.fused = fuse(prepared.lowered, prepared.kernels.choices, groups);
  prepared.problem = problem_of(prepared.fused, options);
  set_groups(prepared.lowered, prepared.kernels.choices, std::move(groups), prepared.strips);
}

void log_warnings(const CompileOptions& options, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    if (options.log.write != nullptr)
      options.log.write(options.log.user, Severity::Warning, warning);
  }
}

/// Takes the fastest kernels and strips that were found to keep the limit.
Status take_limit(const CompileOptions& options, Prepared& prepared) {
  const WaySource source{prepared.lowered, prepared.kernels, prepared.strips, options};
  TILEWRIGHT_TRY(MemoryWay way, fit_memory(source, *options.memory_limit_bytes));
  prepared.memory_fit = {
      .time = way.time,
      .free_time = time_of(source, {prepared.kernels.choices, prepared.strips.groups}),
      .least_seconds = way.least_seconds,
      .proven_fastest = way.proven_fastest,
      .slower_kernels = way.slower_kernels};
  prepared.kernels.choices = std::move(way.choices);
  take_groups(options, std::move(way.groups), prepared);
  prepared.solution = std::move(way.solution);
  return ok();
}

Result<Prepared> prepare(const Model& model, const CompileOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_compile_options(options));
  Prepared prepared;
  prepared.lowered = lower(model.graph());
  TILEWRIGHT_TRY(KernelsAndStrips chosen, choose_kernels_and_strips(prepared.lowered, options));
  prepared.kernels = std::move(chosen.kernels);
  prepared.strips = std::move(chosen.strips);
  log_warnings(options, prepared.kernels.report.warnings);
  log_warnings(options, prepared.strips.warnings);
  take_groups(options, prepared.strips.groups, prepared);
  if (options.memory_limit_bytes) TILEWRIGHT_RETURN_IF_ERROR(take_limit(options, prepared));
  return prepared;
}

/// The plan, with what its sessions try if they tune themselves: not where a limit has already made
/// ops of one layer differ.
std::shared_ptr<const runtime::FlatPlan> with_trials(std::shared_ptr<const runtime::FlatPlan> plan,
                                                     Prepared& prepared,
                                                     const scheduler::Solution& solution,
                                                     const CompileOptions& options) {
  if (options.tuning.mode != TuningMode::InSitu) return plan;
  if (prepared.memory_fit && prepared.memory_fit->slower_kernels > 0) {
    const std::string warning =
        "tuning in runs: expected room for the fastest kernels, got slower "
        "ones of " +
        std::to_string(prepared.memory_fit->slower_kernels) +
        " ops by the memory limit: nothing is tuned";
    log_warnings(options, {warning});
    prepared.kernels.report.warnings.push_back(warning);
    return plan;
  }
  auto tuned = std::make_shared<runtime::FlatPlan>(*plan);
  InSituTable trials =
      in_situ_table(prepared.lowered, prepared.kernels, *plan, solution.order, options);
  log_warnings(options, trials.warnings);
  std::ranges::move(trials.warnings, std::back_inserter(prepared.kernels.report.warnings));
  tuned->kernel_table = std::move(trials.table);
  return tuned;
}

}  // namespace

Status check_compile_options(const CompileOptions& options) {
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return Error{ErrorCode::InvalidArgument, "compile: expected 1 to " +
                                                 std::to_string(kMaxThreads) + " threads, got " +
                                                 std::to_string(options.threads)};
  }
  if (options.isa && (runtime::supported_isas() & runtime::bit(*options.isa)) == 0) {
    return Error{ErrorCode::InvalidArgument,
                 std::string("compile: expected an instruction set of this machine, got ") +
                     to_string(*options.isa)};
  }
  const std::int64_t budget_ms = options.tuning.budget.count();
  if (budget_ms != 0 && budget_ms < kMinTuningBudgetMs) {
    return Error{ErrorCode::InvalidArgument, "compile: expected a tuning budget of 0 or at least " +
                                                 std::to_string(kMinTuningBudgetMs) + " ms, got " +
                                                 std::to_string(budget_ms)};
  }
  if (options.tuning.in_situ_extra_bytes < 0) {
    return Error{ErrorCode::InvalidArgument,
                 "compile: expected in_situ_extra_bytes >= 0, got " +
                     std::to_string(options.tuning.in_situ_extra_bytes)};
  }
  return check_bank_options(options);
}

Result<ModelProblem> model_problem(const Model& model, const CompileOptions& options,
                                   ProblemConstants constants) {
  TILEWRIGHT_TRY(Prepared prepared, prepare(model, options));
  if (constants == ProblemConstants::Listed) {
    const FusedProgram& fused = prepared.fused;
    add_constants(fused.program, fused.choices, prepared.problem);
    set_banks(options, prepared.problem);
    set_operand_places(fused.program, fused.choices, prepared.problem);
  }
  return ModelProblem{std::move(prepared.problem), prepared.memory_fit,
                      std::move(prepared.strips.outcomes)};
}

namespace {

/// The plan of `prepared` in memory that is all alike.
Result<Compilation> compile_flat(Prepared prepared, const CompileOptions& options) {
  if (!prepared.solution) {
    TILEWRIGHT_TRY(prepared.solution, scheduler::solve(prepared.problem));
  }
  scheduler::Solution& solution = *prepared.solution;
  Plan plan(with_trials(
      build_plan(prepared.fused.program, prepared.fused.choices, solution, options.threads),
      prepared, solution, options));
  return Compilation{std::move(plan),
                     std::move(prepared.fused.program),
                     std::move(prepared.fused.choices),
                     std::move(prepared.kernels.report),
                     std::move(prepared.strips.outcomes),
                     std::move(prepared.problem),
                     std::move(solution),
                     prepared.memory_fit,
                     {}};
}

/// The plan of `prepared` in a fast and an external bank.
Result<Compilation> compile_banked(Prepared prepared, const CompileOptions& options) {
  TILEWRIGHT_TRY(
      BankedResult banked,
      compile_for_banks(prepared.fused.program, prepared.fused.choices, options, prepared.problem));
  scheduler::Solution solution;
  solution.order = banked.solution.order;
  return Compilation{Plan(std::move(banked.plan)),
                     std::move(prepared.fused.program),
                     std::move(prepared.fused.choices),
                     std::move(prepared.kernels.report),
                     {},
                     std::move(prepared.problem),
                     std::move(solution),
                     {},
                     std::move(banked.solution)};
}

}  // namespace

Result<Compilation> compile_in_detail(const Model& model, const CompileOptions& options) {
  TILEWRIGHT_TRY(Prepared prepared, prepare(model, options));
  return options.banks.empty() ? compile_flat(std::move(prepared), options)
                               : compile_banked(std::move(prepared), options);
}

Result<Plan> compile(const Model& model, const CompileOptions& options) {
  TILEWRIGHT_TRY(Compilation compilation, compile_in_detail(model, options));
  return std::move(compilation.plan);
}

}  // namespace tilewright
