// SPDX-License-Identifier: Apache-2.0
// The judge of plans: nothing a plan says is believed.
#include <algorithm>

#include "kernels/in_place.h"
#include "kernels/op_rules.h"
#include "runtime/flat_plan.h"

namespace tilewright::runtime {
namespace {

Error bad(const std::string& where, const std::string& expected) {
  return Error{ErrorCode::InvalidModel, "plan: " + where + ": expected " + expected};
}

bool fits(std::int64_t offset, std::int64_t bytes, std::int64_t limit) {
  return offset >= 0 && bytes >= 0 && bytes <= limit && offset <= limit - bytes;
}

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

/// A tensor must not meet itself: outer strides step over all that is inside. So no plan makes more
/// work than its memory has elements.
bool is_injective(const Operand& operand) {
  if (operand.shape.elements() == 0) return true;
  std::int64_t inside = 1;
  for (int axis = operand.shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t extent = operand.shape[axis];
    if (extent <= 1) continue;
    const std::int64_t stride = operand.strides[static_cast<std::size_t>(axis)];
    if (stride < inside) return false;
    inside = (extent - 1) * stride + inside;
  }
  return true;
}

Status check_operand(const FlatPlan& plan, const Operand& operand, const std::string& where) {
  TILEWRIGHT_RETURN_IF_ERROR(check_shape(operand.shape));
  if (operand.region == Region::Packed) return ok();
  const std::int64_t limit = operand.region == Region::Arena
                                 ? plan.arena_bytes
                                 : static_cast<std::int64_t>(plan.constants.size());
  const std::int64_t bytes = extent_bytes(operand);
  if (bytes < 0 || !fits(operand.offset_bytes, bytes, limit)) {
    return bad(where, "an operand inside its region of " + std::to_string(limit) + " bytes");
  }
  if (operand.offset_bytes % size_bytes(operand.dtype) != 0) {
    return bad(where, std::string("an offset aligned to ") + to_string(operand.dtype));
  }
  if (!is_injective(operand)) return bad(where, "operands that do not overlap themselves");
  return ok();
}

Status check_kernel(const FlatPlan& plan, const Step& step, const std::string& where) {
  const StepSpecs specs = specs_of(step);
  auto inferred = kernels::infer_output(step.op, specs.src);
  if (!inferred) return bad(where, "operands the op accepts (" + inferred.error().message + ")");
  if (inferred->shape != step.dst.shape || inferred->dtype != step.dst.dtype) {
    return bad(where, "output " + to_string(*inferred) + ", got " + to_string(specs.dst));
  }
  const kernels::Kernel& kernel = *step.kernel;
  const kernels::Call call{step.op, specs.src, specs.dst};
  if (!kernel.supports(call, kernel)) return bad(where, "a kernel that computes the op");
  if (!kernel.config_ok(call, kernel, step.config))
    return bad(where, "a configuration of its kernel");
  const std::uint32_t packed = kernel.packed_inputs(call, kernel);
  for (std::size_t i = 0; i < step.src.size(); ++i) {
    const bool is_packed = i < 32 && ((packed >> i) & 1U) != 0;
    if (is_packed != (step.src[i].region == Region::Packed)) {
      return bad(where, "exactly the inputs packed that its kernel packs");
    }
  }
  if (step.packed_bytes != kernel.packed_bytes(call, kernel, step.config) ||
      step.packed_offset_bytes % kTensorAlignment != 0 ||
      !fits(step.packed_offset_bytes, step.packed_bytes,
            static_cast<std::int64_t>(plan.constants.size()))) {
    return bad(where, "packed weights of the size of its kernel, inside the constants");
  }
  const std::int64_t scratch = kernel.scratch_bytes(call, kernel, step.config);
  if (step.scratch_bytes < scratch || step.scratch_bytes % kTensorAlignment != 0 ||
      step.scratch_offset_bytes % kTensorAlignment != 0 || step.scratch_bytes > plan.arena_bytes ||
      !fits(step.scratch_offset_bytes, step.scratch_bytes * plan.threads, plan.arena_bytes)) {
    return bad(where, "scratch of " + std::to_string(scratch) +
                          " bytes for each worker, inside the arena");
  }
  return ok();
}

/// Bytes of the arena, [begin, end).
struct Bytes {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

Bytes bytes_of(const Operand& operand) {
  if (operand.region != Region::Arena) return {};
  return {operand.offset_bytes, operand.offset_bytes + extent_bytes(operand)};
}

Bytes scratch_of(const FlatPlan& plan, const Step& step) {
  return {step.scratch_offset_bytes, step.scratch_offset_bytes + step.scratch_bytes * plan.threads};
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

/// What a step writes lies beside what it reads, or exactly over an input that it may overwrite.
Status check_overlaps(const FlatPlan& plan, const Step& step, const std::string& where) {
  const Bytes dst = bytes_of(step.dst);
  const Bytes scratch = scratch_of(plan, step);
  bool scratch_is_free = !overlap(scratch, dst);
  for (std::size_t i = 0; i < step.src.size(); ++i) {
    const Bytes src = bytes_of(step.src[i]);
    scratch_is_free = scratch_is_free && !overlap(scratch, src);
    const bool in_place =
        kernels::may_run_in_place(step.op, i) && same_elements(step.src[i], step.dst);
    if (overlap(src, dst) && !in_place) {
      return bad(where, "an output beside its inputs, or over one that its op may overwrite");
    }
  }
  return scratch_is_free ? ok() : bad(where, "scratch beside the operands");
}

Status check_step(const FlatPlan& plan, const Step& step, const std::string& where) {
  if (step.kernel == nullptr) return bad(where, "a kernel");
  for (const Operand& src : step.src)
    TILEWRIGHT_RETURN_IF_ERROR(check_operand(plan, src, where));
  TILEWRIGHT_RETURN_IF_ERROR(check_operand(plan, step.dst, where));
  if (step.dst.region != Region::Arena) return bad(where, "an output in the arena");
  if (step.shares < 1 || step.shares > plan.threads) return bad(where, "1 to `threads` shares");
  TILEWRIGHT_RETURN_IF_ERROR(check_kernel(plan, step, where));
  return check_overlaps(plan, step, where);
}

Status check_tensors(const FlatPlan& plan, const std::vector<PlanTensor>& tensors,
                     const std::string& what) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string where = what + " " + std::to_string(i) + " '" + tensors[i].spec.name + "'";
    TILEWRIGHT_RETURN_IF_ERROR(check_shape(tensors[i].spec.shape));
    if (tensors[i].offset_bytes % kTensorAlignment != 0 ||
        !fits(tensors[i].offset_bytes, tensors[i].spec.size_bytes(), plan.arena_bytes)) {
      return bad(where, "aligned memory inside the arena");
    }
  }
  return ok();
}

/// The arena holds what the plan uses and no more: nobody allocates for a number in a file.
Status check_arena(const FlatPlan& plan) {
  std::int64_t used = 0;
  for (const auto* tensors : {&plan.inputs, &plan.outputs}) {
    for (const PlanTensor& tensor : *tensors)
      used = std::max(used, tensor.offset_bytes + tensor.spec.size_bytes());
  }
  for (const Step& step : plan.steps) {
    used = std::max({used, bytes_of(step.dst).end, scratch_of(plan, step).end});
    for (const Operand& src : step.src)
      used = std::max(used, bytes_of(src).end);
  }
  if (plan.arena_bytes - used < kTensorAlignment) return ok();
  return bad("arena", "the " + std::to_string(used) + " bytes that are used, got " +
                          std::to_string(plan.arena_bytes));
}

}  // namespace

StepSpecs specs_of(const Step& step) {
  StepSpecs specs;
  specs.src.reserve(step.src.size());
  for (const Operand& src : step.src)
    specs.src.push_back({"", src.dtype, src.shape, {}});
  specs.dst = {"", step.dst.dtype, step.dst.shape, {}};
  return specs;
}

Status check_plan(const FlatPlan& plan) {
  if (plan.threads < 1 || plan.threads > kMaxThreads)
    return bad("threads", "1 to " + std::to_string(kMaxThreads));
  if (plan.arena_bytes < 0 || plan.arena_bytes > kMaxElements)
    return bad("arena", "a size in range");
  TILEWRIGHT_RETURN_IF_ERROR(check_tensors(plan, plan.inputs, "input"));
  TILEWRIGHT_RETURN_IF_ERROR(check_tensors(plan, plan.outputs, "output"));
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    TILEWRIGHT_RETURN_IF_ERROR(
        check_step(plan, step, "step " + std::to_string(i) + " '" + step.name + "'"));
  }
  return check_arena(plan);
}

}  // namespace tilewright::runtime
