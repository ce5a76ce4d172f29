// SPDX-License-Identifier: Apache-2.0
#include "lib/operand_places.h"

#include <algorithm>

#include "lib/plan_builder.h"
#include "runtime/split_steps.h"

namespace tilewright {
namespace {

using scheduler::OperandPlace;

/// Storages of which some op uses a slice, or which nobody needs.
void keep_slices_fast(const Program& program, scheduler::Problem& problem) {
  std::vector<bool> needed(program.storages.size(), false);
  const auto look = [&](const ProgramOperand& operand) {
    if (!fills_storage(program, operand))
      problem.storages[operand.place.storage].place = OperandPlace::Fast;
  };
  for (const ProgramOp& op : program.ops) {
    look(op.dst);
    for_each_read(op, [&](const ProgramOperand& src) {
      look(src);
      needed[src.place.storage] = true;
    });
  }
  for (std::size_t i = 0; i < needed.size(); ++i) {
    scheduler::Storage& storage = problem.storages[i];
    if (!needed[i] && !storage.output) storage.place = OperandPlace::Fast;
  }
}

/// Keeps in one bank what `op` cannot use otherwise, or not with all the others in the stage.
void keep_together(const ProgramOp& op, const KernelChoice& choice, scheduler::Problem& problem) {
  std::int64_t constants_bytes = 0;
  const runtime::Step step = make_step(op, choice, 1, constants_bytes);
  std::int64_t stage_bytes = problem.stage_bytes.value_or(0);
  for (std::size_t i = 0; i <= op.src.size(); ++i) {
    const ProgramOperand& operand = i == op.src.size() ? op.dst : op.src[i];
    if (operand.constant || operand.producer) continue;
    OperandPlace& place = problem.storages[operand.place.storage].place;
    if (place != OperandPlace::Split) continue;
    const bool splits = runtime::may_split(step, i);
    const std::int64_t most_bytes = splits ? runtime::most_stage_bytes(step, i) : 0;
    if (splits && most_bytes <= stage_bytes) {
      stage_bytes -= most_bytes;
    } else {
      place = OperandPlace::OneBank;
    }
  }
  for (const ProgramOp& producer : op.producers) {
    for_each_read(producer, [&](const ProgramOperand& src) {
      OperandPlace& place = problem.storages[src.place.storage].place;
      if (place == OperandPlace::Split) place = OperandPlace::OneBank;
    });
  }
}

}  // namespace

void set_operand_places(const Program& program, const std::vector<KernelChoice>& choices,
                        scheduler::Problem& problem) {
  for (scheduler::Storage& storage : problem.storages) {
    if (storage.constant) storage.place = OperandPlace::OneBank;
  }
  if (problem.execution != Execution::Streaming) return;
  keep_slices_fast(program, problem);
  for (std::size_t i = 0; i < program.ops.size(); ++i)
    keep_together(program.ops[i], choices[i], problem);
}

}  // namespace tilewright
