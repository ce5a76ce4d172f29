// SPDX-License-Identifier: Apache-2.0
#include "lib/scheduling_problem.h"

#include <algorithm>
#include <string>

#include "kernels/in_place.h"

namespace tilewright {
namespace {

std::int64_t round_up(std::int64_t bytes) {
  return (bytes + kTensorAlignment - 1) / kTensorAlignment * kTensorAlignment;
}

/// Whether the operand is all of its storage, element after element.
bool fills_storage(const Program& program, const ProgramOperand& operand) {
  return operand.place.offset_bytes == 0 &&
         operand.place.strides == kernels::dense_strides(operand.spec.shape) &&
         operand.spec.size_bytes() == program.storages[operand.place.storage].bytes;
}

std::vector<scheduler::InPlacePair> in_place_pairs(const Program& program, const ProgramOp& op) {
  std::vector<scheduler::InPlacePair> pairs;
  if (!fills_storage(program, op.dst)) return pairs;
  for (std::size_t i = 0; i < op.src.size(); ++i) {
    const ProgramOperand& src = op.src[i];
    if (src.constant || src.place.storage == op.dst.place.storage || !fills_storage(program, src))
      continue;
    // A tensor that the op reads twice is never the one it may overwrite.
    const auto same = [&](const ProgramOperand& other) {
      return !other.constant && other.place.storage == src.place.storage;
    };
    if (std::count_if(op.src.begin(), op.src.end(), same) != 1) continue;
    if (!kernels::may_run_in_place(op.op, i) || src.spec.shape != op.dst.spec.shape) continue;
    pairs.push_back(
        {scheduler::storage_id(src.place.storage), scheduler::storage_id(op.dst.place.storage)});
  }
  return pairs;
}

std::vector<bool> storages_read(const Program& program) {
  std::vector<bool> read(program.storages.size(), false);
  for (const ProgramOp& op : program.ops) {
    for (const ProgramOperand& src : op.src) {
      if (!src.constant) read[src.place.storage] = true;
    }
  }
  return read;
}

}  // namespace

std::int64_t worker_scratch_bytes(const ProgramOp& op, const KernelChoice& choice) {
  const std::vector<TensorSpec> specs = src_specs(op);
  return round_up(
      choice.kernel->scratch_bytes({op.op, specs, op.dst.spec}, *choice.kernel, choice.config));
}

scheduler::Problem scheduling_problem(const Program& program,
                                      const std::vector<KernelChoice>& choices,
                                      const ProblemOptions& options) {
  scheduler::Problem problem;
  problem.alignment_bytes = kTensorAlignment;
  problem.memory_limit_bytes = options.memory_limit_bytes;
  const std::vector<bool> read = storages_read(program);
  for (std::size_t i = 0; i < program.storages.size(); ++i) {
    const ProgramStorage& storage = program.storages[i];
    // To the planner an input without readers is dead, but its owner writes it all the same.
    const bool keeps_bytes = options.preserve_inputs || !read[i];
    const bool lives_on = storage.output || (storage.input && keeps_bytes);
    problem.storages.push_back({storage.name, storage.bytes, storage.input, lives_on, false});
  }
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const ProgramOp& op = program.ops[i];
    scheduler::Op task;
    task.name = op.name;
    for (const ProgramOperand& src : op.src) {
      if (src.constant) continue;
      const scheduler::StorageId id = scheduler::storage_id(src.place.storage);
      if (std::find(task.reads.begin(), task.reads.end(), id) == task.reads.end())
        task.reads.push_back(id);
    }
    task.writes.push_back(scheduler::storage_id(op.dst.place.storage));
    task.scratch_bytes = worker_scratch_bytes(op, choices[i]) * options.threads;
    task.in_place = in_place_pairs(program, op);
    problem.ops.push_back(std::move(task));
  }
  return problem;
}

std::vector<ConstantUse> add_constants(const Program& program,
                                       const std::vector<KernelChoice>& choices,
                                       scheduler::Problem& problem) {
  std::vector<ConstantUse> uses;
  const auto add = [&](const ConstantUse& use, const std::string& what, std::int64_t bytes) {
    if (bytes == 0) return;
    problem.ops[use.op].reads.push_back(scheduler::storage_id(problem.storages.size()));
    problem.storages.push_back(
        {.name = program.ops[use.op].name + "." + what, .bytes = bytes, .constant = true});
    uses.push_back(use);
  };
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const ProgramOp& op = program.ops[i];
    const std::vector<TensorSpec> specs = src_specs(op);
    const kernels::Call call{op.op, specs, op.dst.spec};
    const kernels::Kernel& kernel = *choices[i].kernel;
    const std::uint32_t packed = kernel.packed_inputs(call, kernel);
    for (std::size_t src = 0; src < op.src.size(); ++src) {
      const bool is_packed = src < 32 && ((packed >> src) & 1U) != 0;
      if (!op.src[src].constant || is_packed) continue;
      add({i, src}, "src" + std::to_string(src), op.src[src].spec.size_bytes());
    }
    add({i, std::nullopt}, "packed", kernel.packed_bytes(call, kernel, choices[i].config));
  }
  return uses;
}

}  // namespace tilewright
