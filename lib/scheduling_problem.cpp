// SPDX-License-Identifier: Apache-2.0
#include "lib/scheduling_problem.h"

#include <algorithm>
#include <string>

#include "kernels/in_place.h"
#include "lib/plan_builder.h"
#include "scheduler/cost.h"

namespace tilewright {
namespace {

std::vector<scheduler::InPlacePair> in_place_pairs(const Program& program, const ProgramOp& op) {
  std::vector<scheduler::InPlacePair> pairs;
  if (!fills_storage(program, op.dst)) return pairs;
  for (std::size_t i = 0; i < op.src.size(); ++i) {
    const ProgramOperand& src = op.src[i];
    if (src.constant || src.producer || src.place.storage == op.dst.place.storage ||
        !fills_storage(program, src))
      continue;
    // A tensor that is read twice, by the op or its producers, is never the one to overwrite.
    std::int64_t reads = 0;
    for_each_read(op, [&](const ProgramOperand& other) {
      reads += other.place.storage == src.place.storage ? 1 : 0;
    });
    if (reads != 1) continue;
    if (!kernels::may_run_in_place(op.op, i) || src.spec.shape != op.dst.spec.shape) continue;
    pairs.push_back(
        {scheduler::storage_id(src.place.storage), scheduler::storage_id(op.dst.place.storage)});
  }
  return pairs;
}

std::vector<bool> storages_read(const Program& program) {
  std::vector<bool> read(program.storages.size(), false);
  for (const ProgramOp& op : program.ops)
    for_each_read(op, [&](const ProgramOperand& src) { read[src.place.storage] = true; });
  return read;
}

}  // namespace

std::int64_t worker_scratch_bytes(const ProgramOp& op, const KernelChoice& choice) {
  if (!op.producers.empty()) {
    std::int64_t constants_bytes = 0;
    return make_step(op, choice, 1, constants_bytes).scratch_bytes;
  }
  const std::vector<TensorSpec> specs = src_specs(op);
  return scheduler::round_up(
      choice.kernel->scratch_bytes({op.op, specs, op.dst.spec}, *choice.kernel, choice.config),
      kTensorAlignment);
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
    for_each_read(op, [&](const ProgramOperand& src) {
      const scheduler::StorageId id = scheduler::storage_id(src.place.storage);
      if (std::find(task.reads.begin(), task.reads.end(), id) == task.reads.end())
        task.reads.push_back(id);
    });
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
    const auto add_all = [&](const ProgramOp& reader, const KernelChoice& choice,
                             const std::string& prefix) {
      const std::vector<TensorSpec> specs = src_specs(reader);
      const kernels::Call call{reader.op, specs, reader.dst.spec};
      const std::uint32_t packed = choice.kernel->packed_inputs(call, *choice.kernel);
      for (std::size_t src = 0; src < reader.src.size(); ++src) {
        const bool is_packed = src < 32 && ((packed >> src) & 1U) != 0;
        if (!reader.src[src].constant || is_packed) continue;
        add({i, src}, prefix + "src" + std::to_string(src), reader.src[src].spec.size_bytes());
      }
      add({i, std::nullopt}, prefix + "packed",
          choice.kernel->packed_bytes(call, *choice.kernel, choice.config));
    };
    for (std::size_t p = 0; p < op.producers.size(); ++p)
      add_all(op.producers[p], choices[i].producers[p], "producer" + std::to_string(p) + ".");
    add_all(op, choices[i], "");
  }
  return uses;
}

}  // namespace tilewright
