// SPDX-License-Identifier: Apache-2.0
// The judge of plans: nothing a plan says is believed.
#include <algorithm>

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

/// Bytes from the first to behind the last element; -1 if the strides are not allowed or overflow.
std::int64_t extent_bytes(const Operand& operand) {
  const Shape& shape = operand.shape;
  if (shape.elements() == 0) return 0;
  std::int64_t last = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t stride = operand.strides[static_cast<std::size_t>(axis)];
    const bool innermost = axis == shape.rank() - 1;
    if (stride < 0 || stride > kMaxElements || (innermost && stride != 1)) return -1;
    if (shape[axis] > 1 && stride > kMaxElements / (shape[axis] - 1)) return -1;
    last += (shape[axis] - 1) * stride;
    if (last > kMaxElements) return -1;
  }
  return (last + 1) * size_bytes(operand.dtype);
}

/// A written tensor must not meet itself: outer strides step over all that is inside.
bool is_injective(const Operand& operand) {
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

Status check_step(const FlatPlan& plan, const Step& step, const std::string& where) {
  if (step.kernel == nullptr) return bad(where, "a kernel");
  for (const Operand& src : step.src)
    TILEWRIGHT_RETURN_IF_ERROR(check_operand(plan, src, where));
  TILEWRIGHT_RETURN_IF_ERROR(check_operand(plan, step.dst, where));
  if (step.dst.region != Region::Arena || !is_injective(step.dst)) {
    return bad(where, "an output in the arena that does not overlap itself");
  }
  if (step.shares < 1 || step.shares > plan.threads) return bad(where, "1 to `threads` shares");
  return check_kernel(plan, step, where);
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
  return ok();
}

}  // namespace tilewright::runtime
