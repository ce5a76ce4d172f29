// SPDX-License-Identifier: Apache-2.0
#include "lib/bank_compile.h"

#include <algorithm>
#include <string>

#include "lib/operand_places.h"
#include "scheduler/cost.h"
#include "scheduler/traffic/fast_need.h"
#include "scheduler/traffic/solve_traffic.h"
#include "scheduler/traffic/timeline.h"

namespace tilewright {
namespace {

using scheduler::Problem;
using scheduler::Storage;

std::string expected_bytes(const Bank& bank, std::int64_t bytes) {
  return "bank '" + bank.name + "': expected at least " + std::to_string(bytes) + " bytes";
}

/// The fullest op must fit: the least size proven, and the storages that make it.
Status check_fast_bank(const Problem& problem) {
  const Bank& bank = problem.banks.front();
  const scheduler::FastNeed need = scheduler::fast_need(problem);
  if (need.bytes <= bank.bytes) return ok();
  const scheduler::Op& op = problem.ops[scheduler::index(need.op)];
  std::string parts;
  for (const auto* list : {&op.reads, &op.writes}) {
    for (const scheduler::StorageId id : *list) {
      if (scheduler::is_streamed(problem, id)) continue;
      const Storage& storage = problem.storages[scheduler::index(id)];
      parts += "'" + storage.name + "' " + std::to_string(storage.bytes) + ", ";
    }
  }
  parts += "scratch " + std::to_string(op.scratch_bytes);
  const std::int64_t stage_bytes = scheduler::working_bytes(problem, op) - op.scratch_bytes;
  if (stage_bytes > 0) parts += ", stage " + std::to_string(stage_bytes);
  return Error{ErrorCode::Infeasible, expected_bytes(bank, need.bytes) + " for op '" + op.name +
                                          "' (" + parts + "), got " + std::to_string(bank.bytes)};
}

/// Weights, and all inputs before a run or all outputs after it, are outside under every plan.
Status check_external_bank(const Problem& problem, const ExternalLayout& layout) {
  const Bank& bank = problem.banks.back();
  const std::int64_t weight_bytes = constants_bytes(problem);
  if (weight_bytes + layout.bytes <= bank.bytes) return ok();
  std::int64_t input_bytes = 0;
  std::int64_t output_bytes = 0;
  for (const Storage& storage : problem.storages) {
    if (storage.input) input_bytes += storage.bytes;
    if (storage.output) output_bytes += storage.bytes;
  }
  const std::int64_t least_bytes = weight_bytes + std::max(input_bytes, output_bytes);
  const std::string parts = " (weights " + std::to_string(weight_bytes) + ", inputs " +
                            std::to_string(input_bytes) + ", outputs " +
                            std::to_string(output_bytes) + ")";
  if (least_bytes > bank.bytes) {
    return Error{ErrorCode::Infeasible, expected_bytes(bank, least_bytes) + " for what lies there" +
                                            parts + ", got " + std::to_string(bank.bytes)};
  }
  return Error{ErrorCode::ResourceExhausted,
               "bank '" + bank.name + "': expected a plan within " + std::to_string(bank.bytes) +
                   " bytes, got " + std::to_string(weight_bytes + layout.bytes) +
                   " as the best found; " + std::to_string(least_bytes) + " are proven necessary" +
                   parts};
}

Error invalid(const std::string& expected) {
  return Error{ErrorCode::InvalidArgument, "banks: expected " + expected};
}

}  // namespace

void set_banks(const CompileOptions& options, Problem& problem) {
  problem.banks = options.banks;
  problem.execution = options.planner.execution;
  problem.residency = options.planner.residency;
  problem.stream_constants = options.planner.stream_weights;
  problem.steady_state = options.planner.steady_state;
  problem.stage_bytes = options.planner.stage_bytes;
}

Status check_bank_options(const CompileOptions& options) {
  if (options.banks.empty()) return ok();
  if (options.banks.size() < 2) return invalid("a fast and an external bank, got one");
  if (options.banks.front().name == options.banks.back().name) {
    return invalid("banks with names of their own, got '" + options.banks.front().name + "' twice");
  }
  if (options.memory_limit_bytes)
    return invalid("no memory limit beside them: their sizes are limits");
  // What a problem file may say of banks, and no more.
  Problem banks_alone;
  set_banks(options, banks_alone);
  const Status checked = scheduler::check_problem(banks_alone);
  if (!checked) return Error{ErrorCode::InvalidArgument, checked.error().message};
  if (options.tuning.mode == TuningMode::InSitu) {
    return Error{ErrorCode::Unsupported,
                 "banks: expected kernels that are settled, got tuning inside inferences: other "
                 "kernels have other weights and scratch to place"};
  }
  return ok();
}

Result<BankedResult> compile_for_banks(const Program& program,
                                       const std::vector<KernelChoice>& choices,
                                       const CompileOptions& options, Problem& problem) {
  const std::vector<ConstantUse> constants = add_constants(program, choices, problem);
  set_banks(options, problem);
  set_operand_places(program, choices, problem);
  TILEWRIGHT_RETURN_IF_ERROR(check_fast_bank(problem));
  TILEWRIGHT_TRY(scheduler::TrafficSolution solution, scheduler::solve_traffic(problem));
  const ExternalLayout layout = external_layout(problem, solution);
  TILEWRIGHT_RETURN_IF_ERROR(check_external_bank(problem, layout));
  auto plan =
      build_banked_plan({program, choices, problem, constants, solution, layout}, options.threads);
  return BankedResult{std::move(plan), std::move(solution)};
}

}  // namespace tilewright
