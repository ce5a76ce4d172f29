// SPDX-License-Identifier: Apache-2.0
// The judge of plans: nothing a plan says is believed.
#include <algorithm>
#include <array>
#include <utility>

#include "kernels/in_place.h"
#include "kernels/op_rules.h"
#include "runtime/plan_claims.h"
#include "runtime/split_steps.h"
#include "runtime/step_cut.h"
#include "runtime/strip_steps.h"

namespace tilewright::runtime {
namespace {

/// Bytes from the first to behind the last element, 0 if there is none; -1 if the strides are not
/// allowed or overflow. The strides of an empty tensor are asked too: kernels compute with them.
std::int64_t extent_bytes(const Operand& operand) {
  const Shape& shape = operand.shape;
  std::int64_t last = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t stride = operand.strides[static_cast<std::size_t>(axis)];
    const bool innermost = axis == shape.rank() - 1;
    if (stride < 0 || stride > kMaxElements || (innermost && stride != 1)) return -1;
    if (shape[axis] <= 1) continue;
    if (stride > kMaxElements / (shape[axis] - 1)) return -1;
    last += (shape[axis] - 1) * stride;
    if (last > kMaxElements) return -1;
  }
  return shape.elements() == 0 ? 0 : (last + 1) * size_bytes(operand.dtype);
}

/// A tensor must not meet itself: in some order of its dimensions, each steps over all that is
/// inside. So no plan makes more work than its memory has elements.
bool is_injective(const Operand& operand) {
  if (operand.shape.elements() == 0) return true;
  std::array<std::pair<std::int64_t, std::int64_t>, kMaxRank> steps{};  // stride, extent
  std::size_t count = 0;
  for (int axis = 0; axis < operand.shape.rank(); ++axis) {
    if (operand.shape[axis] <= 1) continue;
    steps[count++] = {operand.strides[static_cast<std::size_t>(axis)], operand.shape[axis]};
  }
  std::sort(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(count));
  std::int64_t inside = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto [stride, extent] = steps[i];
    if (stride < inside) return false;
    inside = (extent - 1) * stride + inside;
  }
  return true;
}

Status check_operand(const FlatPlan& plan, const Operand& operand, const std::string& where) {
  TILEWRIGHT_RETURN_IF_ERROR(check_shape(operand.shape));
  if (operand.region == Region::Packed || operand.region == Region::Strip) return ok();
  const std::int64_t limit = region_bytes(plan, operand.region);
  // Of a split operand, which is dense, the rest is judged with its step.
  const std::int64_t extent = extent_bytes(operand);
  const std::int64_t bytes = operand.rest ? std::min(extent, operand.rest->begin_bytes) : extent;
  if (bytes < 0 || !fits(operand.offset_bytes, bytes, limit)) {
    return broken_claim(where,
                        "an operand inside its region of " + std::to_string(limit) + " bytes");
  }
  if (operand.offset_bytes % size_bytes(operand.dtype) != 0) {
    return broken_claim(where, std::string("an offset aligned to ") + to_string(operand.dtype));
  }
  if (!is_injective(operand)) return broken_claim(where, "operands that do not overlap themselves");
  return ok();
}

Status check_kernel(const FlatPlan& plan, const Step& step, const std::string& where) {
  const StepSpecs specs = specs_of(step);
  auto inferred = kernels::infer_output(step.op, specs.src);
  if (!inferred)
    return broken_claim(where, "operands the op accepts (" + inferred.error().message + ")");
  if (inferred->shape != step.dst.shape || inferred->dtype != step.dst.dtype) {
    return broken_claim(where, "output " + to_string(*inferred) + ", got " + to_string(specs.dst));
  }
  const kernels::Kernel& kernel = *step.kernel;
  const kernels::Call call{step.op, specs.src, specs.dst};
  if (!kernel.supports(call, kernel)) return broken_claim(where, "a kernel that computes the op");
  if (!kernel.config_ok(call, kernel, step.config))
    return broken_claim(where, "a configuration of its kernel");
  const std::uint32_t packed = kernel.packed_inputs(call, kernel);
  for (std::size_t i = 0; i < step.src.size(); ++i) {
    const bool is_packed = i < 32 && ((packed >> i) & 1U) != 0;
    if (is_packed != (step.src[i].region == Region::Packed)) {
      return broken_claim(where, "exactly the inputs packed that its kernel packs");
    }
  }
  const bool is_readable =
      step.packed_region == Region::Constants || step.packed_region == Region::Arena;
  if (!is_readable || step.packed_bytes != kernel.packed_bytes(call, kernel, step.config) ||
      step.packed_offset_bytes % kTensorAlignment != 0 ||
      !fits(step.packed_offset_bytes, step.packed_bytes, region_bytes(plan, step.packed_region))) {
    return broken_claim(where,
                        "packed weights of the size of its kernel, inside the constants or arena");
  }
  return ok();
}

Status check_scratch(const FlatPlan& plan, const Step& step, const std::string& where) {
  const StepSpecs specs = specs_of(step);
  const std::int64_t scratch =
      step.kernel->scratch_bytes({step.op, specs.src, specs.dst}, *step.kernel, step.config);
  const std::int64_t stage = step.stage_bytes;
  if (step.scratch_bytes < scratch || step.scratch_bytes % kTensorAlignment != 0 ||
      step.scratch_offset_bytes % kTensorAlignment != 0 || step.scratch_bytes > plan.arena_bytes ||
      stage < 0 || stage % kTensorAlignment != 0 || stage > plan.arena_bytes ||
      !fits(step.scratch_offset_bytes, step.scratch_bytes * plan.threads + stage,
            plan.arena_bytes)) {
    return broken_claim(where, "scratch of " + std::to_string(scratch) +
                                   " bytes for each worker and a stage, inside the arena");
  }
  return ok();
}

/// Bytes of a region, [begin, end).
struct Bytes {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Those of an operand in the arena.
Bytes bytes_of(const Operand& operand) {
  if (operand.region != Region::Arena) return {};
  const std::int64_t bytes = operand.rest ? operand.rest->begin_bytes : extent_bytes(operand);
  return {operand.offset_bytes, operand.offset_bytes + bytes};
}

/// Those of an operand in the external bank.
Bytes outside_of(const Operand& operand) {
  const std::int64_t bytes = extent_bytes(operand);
  if (operand.rest) {
    const Rest& rest = *operand.rest;
    return {rest.offset_bytes, rest.offset_bytes + bytes - rest.begin_bytes};
  }
  if (operand.region != Region::External) return {};
  return {operand.offset_bytes, operand.offset_bytes + bytes};
}

Bytes packed_of(const Step& step) {
  if (step.packed_region != Region::Arena) return {};
  return {step.packed_offset_bytes, step.packed_offset_bytes + step.packed_bytes};
}

Bytes scratch_of(const FlatPlan& plan, const Step& step) {
  return {step.scratch_offset_bytes,
          step.scratch_offset_bytes + step.scratch_bytes * plan.threads + step.stage_bytes};
}

bool overlap(const Bytes& a, const Bytes& b) {
  return a.begin < a.end && b.begin < b.end && a.begin < b.end && b.begin < a.end;
}

bool same_elements(const Operand& a, const Operand& b) {
  if (a.offset_bytes != b.offset_bytes || a.dtype != b.dtype || a.shape != b.shape) return false;
  for (int axis = 0; axis < a.shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (a.shape[axis] > 1 && a.strides[i] != b.strides[i]) return false;
  }
  return true;
}

bool overlap(const Operand& a, const Operand& b) {
  return overlap(bytes_of(a), bytes_of(b)) || overlap(outside_of(a), outside_of(b));
}

/// What the producers of a step read lies beside what the step writes and its scratch.
Status check_producer_overlaps(const FlatPlan& plan, const Step& step, const std::string& where) {
  for (const Step& producer : step.producers) {
    for (const Operand& operand : producer.src) {
      if (overlap(operand, step.dst) || overlap(bytes_of(operand), scratch_of(plan, step)))
        return broken_claim(where, "an output and scratch beside what its producers read");
    }
  }
  return ok();
}

/// What a step writes lies beside what it reads, or exactly over an input that it may overwrite.
Status check_overlaps(const FlatPlan& plan, const Step& step, const std::string& where) {
  const Operand& dst = step.dst;
  const Bytes scratch = scratch_of(plan, step);
  const Bytes packed = packed_of(step);
  if (overlap(packed, bytes_of(dst)) || overlap(packed, scratch))
    return broken_claim(where, "packed weights beside the output and the scratch");
  bool scratch_is_free = !overlap(scratch, bytes_of(dst));
  for (std::size_t i = 0; i < step.src.size(); ++i) {
    const Operand& src = step.src[i];
    scratch_is_free = scratch_is_free && !overlap(scratch, bytes_of(src));
    const bool in_place = kernels::may_run_in_place(step.op, i) && same_elements(src, dst) &&
                          src.region == dst.region && !src.rest && !dst.rest;
    if (overlap(src, dst) && !in_place) {
      return broken_claim(where,
                          "an output beside its inputs, or over one that its op may overwrite");
    }
  }
  return scratch_is_free ? ok() : broken_claim(where, "scratch beside the operands");
}

/// Operands and kernel of a step or a producer.
Status check_op(const FlatPlan& plan, const Step& step, const std::string& where) {
  if (step.kernel == nullptr) return broken_claim(where, "a kernel");
  for (const Operand& src : step.src)
    TILEWRIGHT_RETURN_IF_ERROR(check_operand(plan, src, where));
  TILEWRIGHT_RETURN_IF_ERROR(check_operand(plan, step.dst, where));
  return check_kernel(plan, step, where);
}

Status check_producers(const FlatPlan& plan, const Step& step, const std::string& where) {
  for (const Step& producer : step.producers) {
    if (!producer.producers.empty()) return broken_claim(where, "producers without producers");
    if (producer.packed_region != Region::Constants)
      return broken_claim(where, "packed weights of its producers in the constants");
    TILEWRIGHT_RETURN_IF_ERROR(
        check_op(plan, producer, where + ": producer '" + producer.name + "'"));
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_strips(plan, step, where));
  return check_producer_overlaps(plan, step, where);
}

Status check_step(const FlatPlan& plan, const Step& step, const std::string& where) {
  TILEWRIGHT_RETURN_IF_ERROR(check_op(plan, step, where));
  if (step.dst.region != Region::Arena && step.dst.region != Region::External)
    return broken_claim(where, "an output in the arena or the external bank");
  TILEWRIGHT_RETURN_IF_ERROR(check_scratch(plan, step, where));
  const auto is_strip = [](const Operand& src) { return src.region == Region::Strip; };
  if (step.producers.empty() && std::ranges::any_of(step.src, is_strip))
    return broken_claim(where, "producers of the strips it reads");
  if (!step.producers.empty()) TILEWRIGHT_RETURN_IF_ERROR(check_producers(plan, step, where));
  TILEWRIGHT_RETURN_IF_ERROR(check_sharing(plan, step, where));
  TILEWRIGHT_RETURN_IF_ERROR(check_splits(plan, step, where));
  return check_overlaps(plan, step, where);
}

Status check_tensors(const FlatPlan& plan, const std::vector<PlanTensor>& tensors,
                     const std::string& what) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string where = what + " " + std::to_string(i) + " '" + tensors[i].spec.name + "'";
    TILEWRIGHT_RETURN_IF_ERROR(check_shape(tensors[i].spec.shape));
    const Region region = tensors[i].region;
    if ((region != Region::Arena && region != Region::External) ||
        tensors[i].offset_bytes % kTensorAlignment != 0 ||
        !fits(tensors[i].offset_bytes, tensors[i].spec.size_bytes(), region_bytes(plan, region))) {
      return broken_claim(where, "aligned memory inside the arena");
    }
  }
  return ok();
}

/// The arena holds what the plan uses and no more: nobody allocates for a number in a file.
Status check_arena(const FlatPlan& plan) {
  const std::int64_t used = used_bytes(plan, Region::Arena);
  if (plan.arena_bytes - used < kTensorAlignment) return ok();
  return broken_claim("arena", "the " + std::to_string(used) + " bytes that are used, got " +
                                   std::to_string(plan.arena_bytes));
}

}  // namespace

StepSpecs specs_of(const Step& step) {
  StepSpecs specs;
  read_specs(step, specs);
  return specs;
}

void read_specs(const Step& step, StepSpecs& specs) {
  specs.src.resize(step.src.size());
  for (std::size_t i = 0; i < step.src.size(); ++i) {
    specs.src[i].dtype = step.src[i].dtype;
    specs.src[i].shape = step.src[i].shape;
  }
  specs.dst.dtype = step.dst.dtype;
  specs.dst.shape = step.dst.shape;
}

std::int64_t used_bytes(const FlatPlan& plan, Region region) {
  std::int64_t used = 0;
  const auto use = [&](Region where, std::int64_t offset_bytes, std::int64_t bytes) {
    if (where == region) used = std::max(used, offset_bytes + bytes);
  };
  for (const auto* tensors : {&plan.inputs, &plan.outputs}) {
    for (const PlanTensor& tensor : *tensors)
      use(tensor.region, tensor.offset_bytes, tensor.spec.size_bytes());
  }
  if (plan.banks) {
    for (const auto* transfers : {&plan.banks->preload, &plan.banks->transfers}) {
      for (const Transfer& transfer : *transfers) {
        use(transfer.from, transfer.from_offset_bytes, transfer.bytes);
        use(transfer.to, transfer.to_offset_bytes, transfer.bytes);
      }
    }
  }
  const auto use_operand = [&](const Operand& operand) {
    use(Region::Arena, 0, bytes_of(operand).end);
    use(Region::External, 0, outside_of(operand).end);
  };
  for (const Step& step : plan.steps) {
    use(Region::Arena, 0, std::max(scratch_of(plan, step).end, packed_of(step).end));
    use_operand(step.dst);
    std::ranges::for_each(step.src, use_operand);
    for (const Step& producer : step.producers)
      std::ranges::for_each(producer.src, use_operand);
  }
  return used;
}

Status check_plan(const FlatPlan& plan) {
  if (plan.threads < 1 || plan.threads > kMaxThreads)
    return broken_claim("threads", "1 to " + std::to_string(kMaxThreads));
  if (plan.arena_bytes < 0 || plan.arena_bytes > kMaxElements)
    return broken_claim("arena", "a size in range");
  const std::int64_t external_bytes = region_bytes(plan, Region::External);
  if (external_bytes < 0 || external_bytes > kMaxElements)
    return broken_claim("external bank", "a size in range");
  TILEWRIGHT_RETURN_IF_ERROR(check_tensors(plan, plan.inputs, "input"));
  TILEWRIGHT_RETURN_IF_ERROR(check_tensors(plan, plan.outputs, "output"));
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    TILEWRIGHT_RETURN_IF_ERROR(
        check_step(plan, step, "step " + std::to_string(i) + " '" + step.name + "'"));
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_banks(plan));
  return check_arena(plan);
}

}  // namespace tilewright::runtime
