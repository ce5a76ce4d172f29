// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_lowering.h"

#include <algorithm>

#include "kernels/op_rules.h"
#include "lib/import/fold_known.h"

namespace tilewright::importer::onnx {

Operand Lowering::add_input(const TensorSpec& spec) {
  const graph::ValueId value = builder_.input(spec);
  fixed_names_.push_back(value);
  return {.dtype = spec.dtype, .shape = spec.shape, .value = value};
}

Operand Lowering::add_constant(std::string name, Tensor tensor) {
  const Operand operand{
      .dtype = tensor.dtype, .shape = tensor.shape, .constant = constants_.size()};
  constants_.push_back({.name = std::move(name), .tensor = std::move(tensor)});
  return operand;
}

const Tensor* Lowering::tensor(const Operand& operand) const {
  return operand.constant ? &constants_[*operand.constant].tensor : nullptr;
}

Status Lowering::reserve(std::int64_t size_bytes) {
  if (size_bytes > max_folded_bytes_ - folded_bytes_) {
    return Error{ErrorCode::ResourceExhausted,
                 "expected constants of at most " + std::to_string(max_folded_bytes_) +
                     " computed bytes in all, got " + std::to_string(size_bytes) + " more than " +
                     std::to_string(folded_bytes_)};
  }
  folded_bytes_ += size_bytes;
  return ok();
}

graph::ValueId Lowering::value_of(const Operand& operand) {
  if (operand.value) return *operand.value;
  ConstantSlot& slot = constants_[*operand.constant];
  if (!slot.value) {
    slot.value = builder_.constant(
        {.name = slot.name, .dtype = slot.tensor.dtype, .shape = slot.tensor.shape},
        slot.tensor.bytes);
  }
  return *slot.value;
}

Result<Operand> Lowering::fold_constants(const std::string& name, const Op& op,
                                         std::span<const Operand> src, const TensorSpec& dst) {
  std::vector<const Tensor*> tensors;
  for (const Operand& operand : src)
    tensors.push_back(tensor(operand));
  TILEWRIGHT_RETURN_IF_ERROR(reserve(dst.size_bytes()));
  TILEWRIGHT_TRY(Tensor result, fold(op, tensors, dst));
  return add_constant(name, std::move(result));
}

Result<Operand> Lowering::emit(const std::string& name, Op op, std::span<const Operand> src) {
  std::vector<TensorSpec> specs;
  for (const Operand& operand : src)
    specs.push_back({.dtype = operand.dtype, .shape = operand.shape});
  Result<TensorSpec> dst = kernels::infer_output(op, specs);
  if (!dst) return Error{ErrorCode::InvalidModel, dst.error().message};
  const bool constant = std::all_of(
      src.begin(), src.end(), [](const Operand& operand) { return operand.constant.has_value(); });
  if (constant && is_foldable(op)) return fold_constants(name, op, src, *dst);
  std::vector<graph::ValueId> values;
  for (const Operand& operand : src)
    values.push_back(value_of(operand));
  TILEWRIGHT_TRY(const graph::ValueId value, builder_.add(name, std::move(op), values));
  return Operand{.dtype = dst->dtype, .shape = dst->shape, .value = value};
}

void Lowering::rename(const Operand& operand, const std::string& name) {
  if (!operand.value) return;
  const bool fixed =
      std::find(fixed_names_.begin(), fixed_names_.end(), *operand.value) != fixed_names_.end();
  if (!fixed) builder_.spec(*operand.value).name = name;
}

Status Lowering::add_output(const Operand& operand, const std::string& name) {
  // An output that is an input, a constant or another output as well gets a value of its own.
  const bool shared = !operand.value || std::find(fixed_names_.begin(), fixed_names_.end(),
                                                  *operand.value) != fixed_names_.end();
  graph::ValueId value = value_of(operand);
  if (shared) {
    TILEWRIGHT_TRY(value, builder_.add(name, Reshape{operand.shape}, {value}));
  }
  builder_.spec(value).name = name;
  builder_.output(value);
  fixed_names_.push_back(value);
  return ok();
}

}  // namespace tilewright::importer::onnx
