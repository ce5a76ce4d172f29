// SPDX-License-Identifier: Apache-2.0
#include "lib/plan_builder.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "lib/scheduling_problem.h"
#include "runtime/step_cut.h"
#include "runtime/strip_steps.h"
#include "scheduler/cost.h"

namespace tilewright {
namespace {

using runtime::FlatPlan;
using runtime::Operand;
using runtime::Region;
using runtime::Step;

Operand operand_of(const ProgramOperand& operand) {
  return {Region::Arena, operand.place.offset_bytes, operand.spec.dtype, operand.spec.shape,
          operand.place.strides};
}

runtime::PlanTensor plan_tensor(const ProgramTensor& tensor, const scheduler::Solution& solution) {
  return {tensor.spec, solution.offsets[tensor.storage].value_or(0)};
}

/// Moves a step's operands from their storages into the arena.
void place_sources(Step& step, const ProgramOp& op, const scheduler::Solution& solution) {
  for (std::size_t i = 0; i < step.src.size(); ++i) {
    if (step.src[i].region != Region::Arena) continue;
    step.src[i].offset_bytes += solution.offsets[op.src[i].place.storage].value_or(0);
  }
}

void place_step(Step& step, const ProgramOp& op, std::size_t index,
                const scheduler::Solution& solution) {
  for (std::size_t p = 0; p < step.producers.size(); ++p)
    place_sources(step.producers[p], op.producers[p], solution);
  place_sources(step, op, solution);
  step.dst.offset_bytes += solution.offsets[op.dst.place.storage].value_or(0);
  step.scratch_offset_bytes = solution.scratch_offsets[index].value_or(0);
}

MemoryProof memory_proof(const scheduler::Solution& solution) {
  return {.peak_bytes = solution.peak_bytes,
          .peak_lower_bound_bytes = solution.peak_lower_bound_bytes,
          .arena_bytes = solution.arena_bytes,
          .arena_lower_bound_bytes = solution.arena_lower_bound_bytes,
          .order_proven_optimal = solution.order_proven_optimal,
          .arena_proven_optimal = solution.arena_proven_optimal,
          .jointly_optimal = solution.jointly_optimal};
}

/// An op as a step or a producer: all but scratch, sharing and producers.
Step make_op(const ProgramOp& op, const KernelChoice& choice, std::int64_t& constants_bytes) {
  const std::vector<TensorSpec> specs = src_specs(op);
  const kernels::Call call{op.op, specs, op.dst.spec};
  const kernels::Kernel& kernel = *choice.kernel;
  const std::uint32_t packed = kernel.packed_inputs(call, kernel);
  Step step;
  step.name = op.name;
  step.op = op.op;
  step.kernel = &kernel;
  step.config = choice.config;
  for (std::size_t i = 0; i < op.src.size(); ++i) {
    Operand src = operand_of(op.src[i]);
    if (i < 32 && ((packed >> i) & 1U) != 0) {
      src.region = Region::Packed;
    } else if (op.src[i].constant) {
      src.region = Region::Constants;
      src.offset_bytes = constants_bytes;
      constants_bytes =
          scheduler::round_up(constants_bytes + op.src[i].spec.size_bytes(), kTensorAlignment);
    }
    step.src.push_back(src);
  }
  step.dst = operand_of(op.dst);
  step.packed_offset_bytes = constants_bytes;
  step.packed_bytes = kernel.packed_bytes(call, kernel, choice.config);
  constants_bytes = scheduler::round_up(constants_bytes + step.packed_bytes, kTensorAlignment);
  return step;
}

/// Gives an operand of a strip group that is a strip its place in the scratch.
void place_strips(const ProgramOp& op, const std::vector<std::int64_t>& offsets, Step& step) {
  for (std::size_t i = 0; i < op.src.size(); ++i) {
    if (!op.src[i].producer) continue;
    step.src[i].region = Region::Strip;
    step.src[i].offset_bytes = offsets[*op.src[i].producer];
    step.src[i].strides = kernels::dense_strides(step.src[i].shape);
  }
}

/// Puts the strips of a step's producers where `offsets` says.
void place_strips(const ProgramOp& op, const std::vector<std::int64_t>& offsets,
                  std::vector<Step>& producers, Step& step) {
  for (std::size_t p = 0; p < producers.size(); ++p) {
    place_strips(op.producers[p], offsets, producers[p]);
    producers[p].dst.region = Region::Strip;
    producers[p].dst.offset_bytes = offsets[p];
    producers[p].dst.strides = kernels::dense_strides(producers[p].dst.shape);
  }
  place_strips(op, offsets, step);
}

/// Adds the producers of `op`, lays out their strips and sets the scratch.
void add_producers(const ProgramOp& op, const KernelChoice& choice, std::int64_t& constants_bytes,
                   Step& step) {
  step.strip_rows = choice.strip_rows;
  std::vector<std::int64_t> offsets;
  for (std::size_t p = 0; p < op.producers.size(); ++p) {
    step.producers.push_back(make_op(op.producers[p], choice.producers[p], constants_bytes));
    offsets.push_back(static_cast<std::int64_t>(p));  // any different numbers
  }
  place_strips(op, offsets, step.producers, step);
  const auto ops = runtime::strip_ops(step);
  TILEWRIGHT_CHECK(ops.has_value());
  const runtime::StripLayout layout = runtime::strip_layout(*ops);
  for (std::size_t p = 0; p < offsets.size(); ++p)
    offsets[p] = layout.buffers[p].offset_bytes;
  place_strips(op, offsets, step.producers, step);
  step.scratch_bytes = layout.scratch_bytes;
}

void write_own_constants(const ProgramOp& op, const Step& step, std::byte* constants) {
  for (std::size_t i = 0; i < op.src.size(); ++i) {
    if (step.src[i].region != Region::Constants) continue;
    const graph::Constant& constant = *op.src[i].constant;
    if (constant.bytes.empty()) continue;
    std::memcpy(constants + step.src[i].offset_bytes, constant.bytes.data(), constant.bytes.size());
  }
  write_packed(op, step, constants);
}

}  // namespace

std::shared_ptr<std::byte> aligned_bytes(std::int64_t size_bytes) {
  // From calloc, since a system gives large memory zeroed and page by page when it is written to.
  std::size_t space = static_cast<std::size_t>(size_bytes + kTensorAlignment);
  void* const memory = std::calloc(space, 1);
  TILEWRIGHT_CHECK(memory != nullptr);
  void* aligned = memory;
  std::align(static_cast<std::size_t>(kTensorAlignment), static_cast<std::size_t>(size_bytes),
             aligned, space);
  return {static_cast<std::byte*>(aligned), [memory](std::byte*) { std::free(memory); }};
}

Step make_step(const ProgramOp& op, const KernelChoice& choice, std::int32_t threads,
               std::int64_t& constants_bytes) {
  Step step = make_op(op, choice, constants_bytes);
  if (op.producers.empty()) {
    step.scratch_bytes = worker_scratch_bytes(op, choice);
  } else {
    add_producers(op, choice, constants_bytes, step);
  }
  step.sharing = sharing_of(choice, runtime::step_cuts(step), threads);
  return step;
}

void write_constants(const ProgramOp& op, const Step& step, std::byte* constants) {
  for (std::size_t p = 0; p < op.producers.size(); ++p)
    write_own_constants(op.producers[p], step.producers[p], constants);
  write_own_constants(op, step, constants);
}

void write_packed(const ProgramOp& op, const Step& step, std::byte* constants) {
  const std::vector<TensorSpec> specs = src_specs(op);
  std::vector<const std::byte*> to_pack(op.src.size(), nullptr);
  for (std::size_t i = 0; i < op.src.size(); ++i) {
    if (step.src[i].region == Region::Packed) to_pack[i] = op.src[i].constant->bytes.data();
  }
  step.kernel->pack({op.op, specs, op.dst.spec}, *step.kernel, step.config, to_pack,
                    constants + step.packed_offset_bytes);
}

void fill_constants(const Program& program, std::span<const scheduler::OpId> order,
                    std::int64_t constants_bytes, FlatPlan& plan) {
  const std::shared_ptr<std::byte> constants = aligned_bytes(constants_bytes);
  for (std::size_t k = 0; k < plan.steps.size(); ++k)
    write_constants(program.ops[scheduler::index(order[k])], plan.steps[k], constants.get());
  plan.constants_owner = constants;
  plan.constants = {constants.get(), static_cast<std::size_t>(constants_bytes)};
}

void require_sound(const FlatPlan& plan) {
  const Status checked = runtime::check_plan(plan);
  if (!checked) detail::check_failed(__FILE__, __LINE__, checked.error().message.c_str());
}

std::shared_ptr<const FlatPlan> build_plan(const Program& program,
                                           const std::vector<KernelChoice>& choices,
                                           const scheduler::Solution& solution,
                                           std::int32_t threads) {
  auto plan = std::make_shared<FlatPlan>();
  plan->threads = threads;
  plan->arena_bytes = solution.arena_bytes;
  plan->memory = memory_proof(solution);
  for (const ProgramTensor& tensor : program.inputs)
    plan->inputs.push_back(plan_tensor(tensor, solution));
  for (const ProgramTensor& tensor : program.outputs)
    plan->outputs.push_back(plan_tensor(tensor, solution));
  std::int64_t constants_bytes = 0;
  for (const scheduler::OpId id : solution.order) {
    const std::size_t i = scheduler::index(id);
    Step step = make_step(program.ops[i], choices[i], threads, constants_bytes);
    place_step(step, program.ops[i], i, solution);
    plan->steps.push_back(std::move(step));
  }
  // Of a storage that is larger than what its ops touch, as in a part of a program, the end may be
  // unused.
  plan->arena_bytes =
      std::min(solution.arena_bytes,
               scheduler::round_up(runtime::used_bytes(*plan, Region::Arena), kTensorAlignment));
  fill_constants(program, solution.order, constants_bytes, *plan);
  require_sound(*plan);
  return plan;
}

}  // namespace tilewright
