// SPDX-License-Identifier: Apache-2.0
#include "lib/strip_trial.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "lib/plan_builder.h"
#include "lib/scheduling_problem.h"
#include "lib/trial_memory.h"
#include "runtime/arena.h"
#include "runtime/denormals.h"
#include "runtime/executor.h"
#include "runtime/thread_pool.h"
#include "scheduler/solve.h"

namespace tilewright {
namespace {

/// A part that can run.
struct Runner {
  std::shared_ptr<const runtime::FlatPlan> plan;
  runtime::Arena arena;
  runtime::BoundSteps steps;

  void run(const runtime::Workers& workers) const {
    for (const runtime::BoundStep& step : steps)
      runtime::run_step(step, workers);
  }
};

Result<Runner> runner_of(const Program& program, const std::vector<KernelChoice>& choices,
                         std::int32_t threads) {
  const ProblemOptions options{threads, true, {}};
  TILEWRIGHT_TRY(const scheduler::Solution solution,
                 scheduler::solve(scheduling_problem(program, choices, options)));
  auto plan = build_plan(program, choices, solution, threads);
  TILEWRIGHT_TRY(runtime::Arena arena, runtime::Arena::allocate(plan->arena_bytes, {}));
  fill_with_numbers(arena.data(), plan->arena_bytes);
  runtime::BoundSteps steps = runtime::bind(*plan, {arena.data(), nullptr});
  return Runner{std::move(plan), std::move(arena), std::move(steps)};
}

}  // namespace

Program part_of(const Program& program, const std::vector<std::size_t>& ops) {
  Program part;
  std::map<std::size_t, std::size_t> position;
  const auto take = [&](ProgramOperand& operand) {
    if (operand.constant || operand.producer) return;
    const auto [entry, is_new] = position.emplace(operand.place.storage, part.storages.size());
    if (is_new) {
      ProgramStorage storage = program.storages[operand.place.storage];
      storage.input = true;
      storage.output = false;
      part.storages.push_back(std::move(storage));
    }
    operand.place.storage = entry->second;
  };
  for (const std::size_t op : ops) {
    ProgramOp& copy = part.ops.emplace_back(program.ops[op]);
    std::ranges::for_each(copy.src, take);
    take(copy.dst);
  }
  for (const ProgramOp& op : part.ops)
    part.storages[op.dst.place.storage].input = false;
  part.storages[part.ops.back().dst.place.storage].output = true;
  return part;
}

Result<tuner::PairedRatio> strip_log_ratio(const Program& program,
                                           const std::vector<KernelChoice>& choices,
                                           const StripGroup& group,
                                           const StripTrialOptions& options) {
  const Program part = part_of(program, group.ops);
  StripGroup all{{}, group.strip_rows};
  std::vector<KernelChoice> own;
  for (const std::size_t op : group.ops) {
    all.ops.push_back(own.size());
    own.push_back(choices[op]);
  }
  const FusedProgram fused = fuse(part, own, {all});
  TILEWRIGHT_TRY(const Runner apart, runner_of(part, own, options.threads));
  TILEWRIGHT_TRY(const Runner strips, runner_of(fused.program, fused.choices, options.threads));
  std::optional<runtime::ThreadPool> pool;
  const tuner::Timer timer = tuner::machine_timer(options.threads);
  if (options.threads > 1) pool.emplace(options.threads);
  const runtime::Workers workers = pool ? pool->workers() : runtime::Workers{};
  const runtime::FlushDenormals flush_denormals;
  const auto run = [&](const Runner& runner) {
    return [&runner, &workers]() -> Status {
      runner.run(workers);
      return ok();
    };
  };
  return tuner::measure_paired({run(apart)}, {run(strips)}, options.blocks, options.repeats, timer);
}

}  // namespace tilewright
