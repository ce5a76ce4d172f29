// SPDX-License-Identifier: Apache-2.0
// The whole flow on one page: lower, choose kernels, plan memory, build the plan.
#include "lib/bank_compile.h"
#include "lib/compilation.h"
#include "lib/in_situ_table.h"
#include "lib/kernel_memory.h"
#include "lib/plan_builder.h"
#include "lib/scheduling_problem.h"
#include "runtime/cpu_features.h"
#include "scheduler/explain.h"

namespace tilewright {
namespace {

struct Prepared {
  Program program;
  TunedKernels kernels;
  scheduler::Problem problem;
  std::optional<MemoryFit> memory_fit;
  std::optional<scheduler::Solution> solution;  // under a memory limit
};

/// Replaces kernels whose scratch does not fit by the fastest that do.
Status fit_memory(Prepared& prepared, const CompileOptions& options) {
  TunedKernels& kernels = prepared.kernels;
  const scheduler::OpOptions ways =
      kernel_options(prepared.program, kernels.layers, options.threads);
  TILEWRIGHT_TRY(scheduler::OptionChoice choice,
                 scheduler::fastest_within_limit(prepared.problem, ways));
  std::vector<KernelChoice> choices = picked_kernels(kernels.layers, choice.picks);
  prepared.memory_fit = {.seconds = choice.seconds,
                         .least_seconds = choice.least_seconds,
                         .proven_fastest = choice.proven_fastest,
                         .slower_kernels = count_differences(choices, kernels.choices)};
  kernels.choices = std::move(choices);
  scheduler::apply_options(ways, choice.picks, prepared.problem);
  prepared.solution = std::move(choice.solution);
  return ok();
}

Result<Prepared> prepare(const Model& model, const CompileOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(check_compile_options(options));
  Program program = lower(model.graph());
  TILEWRIGHT_TRY(TunedKernels kernels, choose_kernels(program, options));
  for (const std::string& warning : kernels.report.warnings) {
    if (options.log.write != nullptr)
      options.log.write(options.log.user, Severity::Warning, warning);
  }
  scheduler::Problem problem =
      scheduling_problem(program, kernels.choices,
                         {options.threads, options.preserve_inputs, options.memory_limit_bytes});
  Prepared prepared{std::move(program), std::move(kernels), std::move(problem), {}, {}};
  if (options.memory_limit_bytes) TILEWRIGHT_RETURN_IF_ERROR(fit_memory(prepared, options));
  return prepared;
}

/// The plan, with what its sessions try if they tune themselves: not where a limit has already made
/// ops of one layer differ.
std::shared_ptr<const runtime::FlatPlan> with_trials(std::shared_ptr<const runtime::FlatPlan> plan,
                                                     const Prepared& prepared,
                                                     const scheduler::Solution& solution,
                                                     const CompileOptions& options) {
  const bool is_squeezed = prepared.memory_fit && prepared.memory_fit->slower_kernels > 0;
  if (options.tuning.mode != TuningMode::InSitu || is_squeezed) return plan;
  auto tuned = std::make_shared<runtime::FlatPlan>(*plan);
  tuned->kernel_table =
      in_situ_table(prepared.program, prepared.kernels, *plan, solution.order, options);
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
  if (constants == ProblemConstants::Listed)
    add_constants(prepared.program, prepared.kernels.choices, prepared.problem);
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
  Plan plan(
      with_trials(build_plan(prepared.program, prepared.kernels.choices, solution, options.threads),
                  prepared, solution, options));
  return Compilation{std::move(plan),
                     std::move(prepared.program),
                     std::move(prepared.kernels.choices),
                     std::move(prepared.kernels.report),
                     std::move(prepared.problem),
                     std::move(solution),
                     prepared.memory_fit,
                     {}};
}

/// The plan of `prepared` in a fast and an external bank.
Result<Compilation> compile_banked(Prepared prepared, const CompileOptions& options) {
  TILEWRIGHT_TRY(BankedResult banked, compile_for_banks(prepared.program, prepared.kernels.choices,
                                                        options, prepared.problem));
  scheduler::Solution solution;
  solution.order = banked.solution.order;
  return Compilation{Plan(std::move(banked.plan)),
                     std::move(prepared.program),
                     std::move(prepared.kernels.choices),
                     std::move(prepared.kernels.report),
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
