// SPDX-License-Identifier: Apache-2.0
#include "lib/strip_groups.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "kernels/input_rows.h"
#include "lib/scheduling_problem.h"
#include "runtime/strip_steps.h"
#include "scheduler/cost.h"

namespace tilewright {
namespace {

/// Who writes and reads each storage.
struct Users {
  std::vector<std::vector<std::size_t>> writers, readers;
};

Users users_of(const Program& program) {
  Users users{std::vector<std::vector<std::size_t>>(program.storages.size()),
              std::vector<std::vector<std::size_t>>(program.storages.size())};
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    users.writers[program.ops[i].dst.place.storage].push_back(i);
    for (const ProgramOperand& src : program.ops[i].src) {
      if (src.constant) continue;
      std::vector<std::size_t>& readers = users.readers[src.place.storage];
      if (readers.empty() || readers.back() != i) readers.push_back(i);
    }
  }
  return users;
}

/// The only op that reads what `op` writes, if it reads it whole.
std::optional<std::size_t> only_reader(const Program& program, const Users& users, std::size_t op) {
  const ProgramOperand& dst = program.ops[op].dst;
  const ProgramStorage& storage = program.storages[dst.place.storage];
  if (storage.input || storage.output || !fills_storage(program, dst)) return std::nullopt;
  if (users.writers[dst.place.storage].size() != 1 ||
      users.readers[dst.place.storage].size() != 1 || dst.spec.shape.elements() == 0) {
    return std::nullopt;
  }
  const std::size_t next = users.readers[dst.place.storage].front();
  const ProgramOp& reader = program.ops[next];
  if (reader.src.size() > runtime::kMaxStripInputs ||
      kernels::row_count(reader.dst.spec.shape) == 0)
    return std::nullopt;
  for (const ProgramOperand& src : reader.src) {
    if (src.constant || src.place.storage != dst.place.storage) continue;
    if (src.spec.shape != dst.spec.shape || !fills_storage(program, src)) return std::nullopt;
  }
  return next;
}

/// That op, if its kernel can do so strip by strip.
std::optional<std::size_t> strip_reader(const Program& program, const Users& users,
                                        const std::vector<KernelChoice>& choices, std::size_t op) {
  const std::optional<std::size_t> next = only_reader(program, users, op);
  if (!next) return std::nullopt;
  const ProgramOp& reader = program.ops[*next];
  const std::vector<TensorSpec> specs = src_specs(reader);
  const kernels::Call call{reader.op, specs, reader.dst.spec};
  for (std::size_t i = 0; i < reader.src.size(); ++i) {
    const ProgramOperand& src = reader.src[i];
    const bool is_strip = !src.constant && src.place.storage == program.ops[op].dst.place.storage;
    if (is_strip && !kernels::input_rows(call, *choices[*next].kernel, i, {0, 1}))
      return std::nullopt;
  }
  return next;
}

std::int64_t granule_of(const ProgramOp& op, const KernelChoice& choice) {
  const std::vector<TensorSpec> specs = src_specs(op);
  return choice.kernel->row_granule({op.op, specs, op.dst.spec}, *choice.kernel, choice.config);
}

/// Parts of a line are no lower: a product packs its second matrix anew for every strip.
constexpr std::int64_t kLeastPartRows = 32;

/// Whether strips of less than a line are worth trying: the lines of matrices are as long as a
/// sequence, those of images are short enough.
bool may_part_lines(const ProgramOp& op) {
  return std::holds_alternative<MatMul>(op.op) || op.dst.spec.shape.rank() == 3;
}

/// The group as one op.
struct FusedOp {
  ProgramOp op;
  KernelChoice choice;
};

FusedOp fused_op(const Program& program, const std::vector<KernelChoice>& choices,
                 const StripGroup& group) {
  FusedOp fused{program.ops[group.ops.back()], choices[group.ops.back()]};
  fused.choice.strip_rows = group.strip_rows;
  const auto link = [&](ProgramOp& op, std::size_t earlier) {
    for (ProgramOperand& src : op.src) {
      for (std::size_t p = 0; p < earlier && !src.constant; ++p) {
        if (program.ops[group.ops[p]].dst.place.storage == src.place.storage) src.producer = p;
      }
    }
  };
  std::string name;
  for (std::size_t p = 0; p + 1 < group.ops.size(); ++p) {
    fused.op.producers.push_back(program.ops[group.ops[p]]);
    fused.choice.producers.push_back(choices[group.ops[p]]);
    name += program.ops[group.ops[p]].name + " + ";
    link(fused.op.producers.back(), p);
  }
  link(fused.op, fused.op.producers.size());
  fused.op.name = name + fused.op.name;
  double seconds = std::exp(fused.choice.log_seconds);
  for (const KernelChoice& producer : fused.choice.producers) {
    seconds += std::exp(producer.log_seconds);
    fused.choice.threads = std::max(fused.choice.threads, producer.threads);
  }
  fused.choice.log_seconds = std::log(seconds);
  // Ops that are not worth sharing one by one can be together.
  if (fused.choice.threads == 1) fused.choice.threads = 0;
  fused.choice.sharing.reset();
  return fused;
}

/// Leaves out storages that no op uses any more and no user sees.
void drop_storages(Program& program, const std::vector<bool>& is_gone) {
  std::vector<std::size_t> position(program.storages.size(), 0);
  std::vector<ProgramStorage> left;
  for (std::size_t i = 0; i < program.storages.size(); ++i) {
    position[i] = left.size();
    if (!is_gone[i]) left.push_back(std::move(program.storages[i]));
  }
  program.storages = std::move(left);
  const auto move = [&](ProgramOperand& operand) {
    if (operand.constant) return;
    if (is_gone[operand.place.storage]) {
      operand.place = {};
    } else {
      operand.place.storage = position[operand.place.storage];
    }
  };
  const auto move_all = [&](ProgramOp& op) {
    std::ranges::for_each(op.src, move);
    move(op.dst);
  };
  for (ProgramOp& op : program.ops) {
    std::ranges::for_each(op.producers, move_all);
    move_all(op);
  }
  for (auto* tensors : {&program.inputs, &program.outputs}) {
    for (ProgramTensor& tensor : *tensors)
      tensor.storage = position[tensor.storage];
  }
}

}  // namespace

std::vector<std::vector<std::size_t>> strip_chains(const Program& program,
                                                   const std::vector<KernelChoice>& choices) {
  const Users users = users_of(program);
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  // Of several tensors that an op could take in strips, the largest.
  std::vector<std::size_t> before(program.ops.size(), kNone);
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const std::optional<std::size_t> next = strip_reader(program, users, choices, i);
    if (!next) continue;
    std::size_t& chosen = before[*next];
    if (chosen == kNone ||
        program.ops[i].dst.spec.size_bytes() > program.ops[chosen].dst.spec.size_bytes()) {
      chosen = i;
    }
  }
  std::vector<bool> goes_on(program.ops.size(), false);
  for (const std::size_t op : before) {
    if (op != kNone) goes_on[op] = true;
  }
  std::vector<std::vector<std::size_t>> chains;
  for (std::size_t last = 0; last < program.ops.size(); ++last) {
    if (goes_on[last] || before[last] == kNone) continue;
    std::vector<std::size_t>& chain = chains.emplace_back();
    for (std::size_t op = last; op != kNone; op = before[op])
      chain.push_back(op);
    std::ranges::reverse(chain);
  }
  return chains;
}

bool may_have_strips(const Program& program) {
  const Users users = users_of(program);
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    if (only_reader(program, users, i)) return true;
  }
  return false;
}

std::vector<std::int64_t> strip_heights(const ProgramOp& op, const KernelChoice& choice) {
  const Shape& shape = op.dst.spec.shape;
  const std::int64_t rows = kernels::row_count(shape);
  const std::int64_t line = shape.rank() >= 3 ? shape[shape.rank() - 2] : 1;
  const std::int64_t granule = granule_of(op, choice);
  const std::int64_t least = (rows + runtime::kMaxStrips - 1) / runtime::kMaxStrips;
  std::vector<std::int64_t> heights;
  const auto add = [&](std::int64_t wanted) {
    const std::int64_t height = scheduler::round_up(wanted, granule);
    if (height < least || 2 * height > rows + granule) return;
    if (heights.empty() || heights.back() < height) heights.push_back(height);
  };
  for (std::int64_t parts = may_part_lines(op) ? line / kLeastPartRows : 0; parts > 1; parts /= 2)
    add((line + parts - 1) / parts);
  for (std::int64_t lines = 1; 2 * lines * line <= rows; lines *= 2)
    add(lines * line);
  return heights;
}

StripMemory strip_memory(const Program& program, const std::vector<KernelChoice>& choices,
                         const StripGroup& group) {
  StripMemory memory;
  for (std::size_t p = 0; p + 1 < group.ops.size(); ++p)
    memory.removed_bytes += program.storages[program.ops[group.ops[p]].dst.place.storage].bytes;
  const FusedOp fused = fused_op(program, choices, group);
  memory.worker_scratch_bytes = worker_scratch_bytes(fused.op, fused.choice);
  return memory;
}

FusedProgram fuse(const Program& program, const std::vector<KernelChoice>& choices,
                  const std::vector<StripGroup>& groups) {
  FusedProgram result{program, choices};
  std::vector<bool> is_gone(program.storages.size(), false);
  std::vector<bool> is_producer(program.ops.size(), false);
  for (const StripGroup& group : groups) {
    FusedOp fused = fused_op(program, choices, group);
    result.program.ops[group.ops.back()] = std::move(fused.op);
    result.choices[group.ops.back()] = std::move(fused.choice);
    for (std::size_t p = 0; p + 1 < group.ops.size(); ++p) {
      is_producer[group.ops[p]] = true;
      is_gone[program.ops[group.ops[p]].dst.place.storage] = true;
    }
  }
  std::size_t left = 0;
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    if (is_producer[i]) continue;
    if (left != i) {
      result.program.ops[left] = std::move(result.program.ops[i]);
      result.choices[left] = std::move(result.choices[i]);
    }
    ++left;
  }
  result.program.ops.resize(left);
  result.choices.resize(left);
  drop_storages(result.program, is_gone);
  return result;
}

}  // namespace tilewright
