// SPDX-License-Identifier: Apache-2.0
// The whole flow on one page: lower, choose kernels, plan memory, build the plan.
#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/bank_compile.h"
#include "lib/compilation.h"
#include "lib/in_situ_table.h"
#include "lib/kernel_memory.h"
#include "lib/operand_places.h"
#include "lib/plan_builder.h"
#include "lib/scheduling_problem.h"
#include "lib/strip_choice.h"
#include "runtime/cpu_features.h"
#include "scheduler/explain.h"

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

/// Replaces kernels whose scratch does not fit by the fastest that do; nothing is fused.
Status fit_kernels(const CompileOptions& options, Prepared& prepared) {
  TunedKernels& kernels = prepared.kernels;
  const scheduler::OpOptions ways =
      kernel_options(prepared.lowered, kernels.layers, options.threads);
  TILEWRIGHT_TRY(scheduler::OptionChoice choice,
                 scheduler::fastest_within_limit(prepared.problem, ways));
  std::vector<KernelChoice> choices = picked_kernels(kernels.layers, choice.picks);
  prepared.memory_fit = {.seconds = choice.seconds,
                         .least_seconds = choice.least_seconds,
                         .proven_fastest = choice.proven_fastest,
                         .slower_kernels = count_differences(choices, kernels.choices)};
  kernels.choices = std::move(choices);
  prepared.fused.choices = kernels.choices;
  scheduler::apply_options(ways, choice.picks, prepared.problem);
  prepared.solution = std::move(choice.solution);
  return ok();
}

/// Plans with `groups`. Whether that fits the limit; `prepared` changes only if it does.
bool fit_groups(const CompileOptions& options, std::vector<StripGroup> groups, Prepared& prepared) {
  FusedProgram fused = fuse(prepared.lowered, prepared.kernels.choices, groups);
  scheduler::Problem problem = problem_of(fused, options);
  Result<scheduler::Solution> solution = scheduler::solve(problem);
  if (!solution || !solution->fits_memory_limit) return false;
  prepared.fused = std::move(fused);
  prepared.problem = std::move(problem);
  prepared.solution = *std::move(solution);
  prepared.memory_fit.reset();
  set_groups(prepared.lowered, prepared.kernels.choices, std::move(groups), prepared.strips);
  return true;
}

/// Under a limit: the groups that were chosen, if they fit; else none, with the fastest kernels
/// that do; else the fewest groups that should, and then those that need least. The error is that
/// of the ops apart.
Status fit_memory(const CompileOptions& options, Prepared& prepared) {
  if (!prepared.strips.groups.empty()) {
    if (fit_groups(options, prepared.strips.groups, prepared)) return ok();
    take_groups(options, {}, prepared);
  }
  const std::vector<KernelChoice> fastest = prepared.kernels.choices;
  Status fitted = fit_kernels(options, prepared);
  if (fitted && prepared.solution->fits_memory_limit) return ok();
  if (options.fusion == Fusion::Off || options.tuning.mode == TuningMode::InSitu) return fitted;
  std::vector<KernelChoice> squeezed = std::exchange(prepared.kernels.choices, fastest);
  for (const std::int64_t target : {*options.memory_limit_bytes, std::int64_t{0}}) {
    if (fit_groups(options, memory_groups(prepared.lowered, fastest, options.threads, target),
                   prepared)) {
      return ok();
    }
  }
  prepared.kernels.choices = std::move(squeezed);
  return fitted;
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
  if (options.memory_limit_bytes) TILEWRIGHT_RETURN_IF_ERROR(fit_memory(options, prepared));
  return prepared;
}

/// The plan, with what its sessions try if they tune themselves: not where a limit has already made
/// ops of one layer differ.
std::shared_ptr<const runtime::FlatPlan> with_trials(std::shared_ptr<const runtime::FlatPlan> plan,
                                                     Prepared& prepared,
                                                     const scheduler::Solution& solution,
                                                     const CompileOptions& options) {
  const bool is_squeezed = prepared.memory_fit && prepared.memory_fit->slower_kernels > 0;
  if (options.tuning.mode != TuningMode::InSitu || is_squeezed) return plan;
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

Status check_memory_limit(const scheduler::Problem& problem, const scheduler::Solution& solution) {
  if (solution.fits_memory_limit) return ok();
  const std::string peak = solution.offsets.empty() ? "" : scheduler::peak_text(problem, solution);
  return Error{ErrorCode::ResourceExhausted,
               "memory_limit: expected a plan within " +
                   std::to_string(*problem.memory_limit_bytes) + " bytes, got " +
                   std::to_string(solution.arena_bytes) + " as the best found; " +
                   std::to_string(solution.peak_lower_bound_bytes) + " are proven necessary" +
                   (peak.empty() ? "" : "; alive at the peak: " + peak)};
}

Result<scheduler::Problem> model_problem(const Model& model, const CompileOptions& options,
                                         ProblemConstants constants) {
  TILEWRIGHT_TRY(Prepared prepared, prepare(model, options));
  if (constants == ProblemConstants::Listed) {
    const FusedProgram& fused = prepared.fused;
    add_constants(fused.program, fused.choices, prepared.problem);
    set_banks(options, prepared.problem);
    set_operand_places(fused.program, fused.choices, prepared.problem);
  }
  return std::move(prepared.problem);
}

namespace {

/// The plan of `prepared` in memory that is all alike.
Result<Compilation> compile_flat(Prepared prepared, const CompileOptions& options) {
  if (!prepared.solution) {
    TILEWRIGHT_TRY(prepared.solution, scheduler::solve(prepared.problem));
  }
  scheduler::Solution& solution = *prepared.solution;
  TILEWRIGHT_RETURN_IF_ERROR(check_memory_limit(prepared.problem, solution));
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
