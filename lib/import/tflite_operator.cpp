// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_operator.h"

#include <utility>

#include "kernels/op_rules.h"
#include "lib/import/tflite_folding.h"
#include "lib/import/tflite_labels.h"

namespace tilewright::importer::tflite {
namespace {

const schema::Operator& source_of(const State& state, std::size_t index) {
  return *state.subgraph.operators()->Get(static_cast<flatbuffers::uoffset_t>(index));
}

const schema::OperatorCode& code_of(const State& state, const schema::Operator& source) {
  return *state.file.model->operator_codes()->Get(source.opcode_index());
}

/// Whether `shape` is the stored one in every dimension that the file does not leave free.
bool agrees(const StoredTensor& stored, const Shape& shape) {
  if (!stored.rank_known) return true;
  if (stored.spec.shape.rank() != shape.rank()) return false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool is_free = (stored.free_dims >> axis & 1U) != 0;
    if (!is_free && stored.spec.shape[axis] != shape[axis]) return false;
  }
  return true;
}

}  // namespace

OperatorReader::OperatorReader(State& state, std::size_t index)
    : state_(&state),
      source_(&source_of(state, index)),
      index_(index),
      label_("tflite: operator " + std::to_string(index) + " (" +
             operator_label(code_of(state, *source_)) + ")"),
      inputs_(elements_of(source_->inputs())),
      outputs_(elements_of(source_->outputs())) {}

schema::BuiltinOperator OperatorReader::kind() const {
  return builtin_operator(code_of(*state_, *source_));
}

Error OperatorReader::invalid(const std::string& message) const {
  return Error{ErrorCode::InvalidModel, label_ + ": " + message};
}

Error OperatorReader::unsupported(const std::string& message) const {
  const std::string name = outputs_.empty() ? "" : " " + quoted(output(0).spec.name);
  return Error{ErrorCode::Unsupported, label_ + name + ": " + message};
}

Error OperatorReader::misfit(const std::string& message) const {
  return Error{state_->is_resized ? ErrorCode::InvalidArgument : ErrorCode::InvalidModel,
               label_ + ": " + message};
}

bool OperatorReader::has_input(std::size_t i) const {
  return i < inputs_.size() && inputs_[i] >= 0;
}

std::size_t OperatorReader::input_tensor(std::size_t i) const {
  TILEWRIGHT_CHECK(has_input(i));
  return static_cast<std::size_t>(inputs_[i]);
}

std::size_t OperatorReader::output_tensor(std::size_t i) const {
  return static_cast<std::size_t>(outputs_[i]);
}

const StoredTensor& OperatorReader::output(std::size_t i) const {
  return state_->tensors[output_tensor(i)];
}

ValueId OperatorReader::input(std::size_t i) const {
  const std::optional<ValueId> id = value_of(*state_, input_tensor(i));
  TILEWRIGHT_CHECK(id.has_value());
  return *id;
}

Result<std::vector<std::int64_t>> OperatorReader::integers(std::size_t i,
                                                           std::string_view role) const {
  const ValueId id = input(i);
  const std::string name(role);
  if (spec(id).dtype != DType::Int32 && spec(id).dtype != DType::Int64) {
    return invalid(name + ": expected int32 or int64, got " + to_string(spec(id).dtype));
  }
  if (!is_constant(id)) {
    return unsupported(name + ": expected a constant, got a tensor computed at run time");
  }
  const auto tensor = integer_constant(state_->builder.graph(), id);
  if (tensor) return importer::integers(*tensor);
  return unsupported(name + ": expected at most " + std::to_string(kMaxFoldedElements) +
                     " elements, got " + to_string(shape(id)));
}

Result<std::vector<std::int64_t>> OperatorReader::integers(std::size_t i, std::string_view role,
                                                           std::int64_t count) const {
  TILEWRIGHT_TRY(std::vector<std::int64_t> elements, integers(i, role));
  if (static_cast<std::int64_t>(elements.size()) == count) return elements;
  return invalid(std::string(role) + ": expected " + std::to_string(count) + " elements, got " +
                 std::to_string(elements.size()));
}

bool OperatorReader::has_options() const {
  return source_->builtin_options_type() != schema::BuiltinOptions::NONE;
}

Status OperatorReader::check_options(schema::BuiltinOptions type) const {
  const schema::BuiltinOptions got = source_->builtin_options_type();
  if (got == type && source_->builtin_options() != nullptr) return ok();
  const std::string_view name = schema::EnumNameBuiltinOptions(got);
  return invalid("expected " + std::string(schema::EnumNameBuiltinOptions(type)) + ", got " +
                 (got == type || name == "NONE" ? "no options"
                  : name.empty() ? "options of type " + std::to_string(static_cast<int>(got))
                                 : std::string(name)));
}

Result<ValueId> OperatorReader::append(std::string name, Op op, std::vector<ValueId> inputs) {
  graph::Builder& builder = state_->builder;
  std::vector<TensorSpec> specs;
  for (const ValueId id : inputs)
    specs.push_back(spec(id));
  Result<TensorSpec> dst = kernels::infer_output(op, specs);
  if (!dst) return misfit(dst.error().message);
  const Result<std::optional<Tensor>> folded = fold_integers(builder.graph(), op, inputs, *dst);
  if (!folded) return misfit(folded.error().message);
  if (*folded) {
    dst->name = std::move(name);
    return builder.constant(*std::move(dst), (*folded)->bytes);
  }
  return builder.add(std::move(name), std::move(op), std::move(inputs));
}

Result<ValueId> OperatorReader::step(std::string_view suffix, Op op, std::vector<ValueId> inputs) {
  const Quantization quantization = spec(inputs[0]).quantization;
  TILEWRIGHT_TRY(const ValueId id, append(output(0).spec.name + "/" + std::string(suffix),
                                          std::move(op), std::move(inputs)));
  if (quantization.scales.size() == 1) state_->builder.spec(id).quantization = quantization;
  return id;
}

Status OperatorReader::finish(Op op, std::vector<ValueId> inputs, std::size_t i) {
  TILEWRIGHT_TRY(const ValueId id, append(output(i).spec.name, std::move(op), std::move(inputs)));
  state_->builder.spec(id).quantization = output(i).spec.quantization;
  return bind(id, i);
}

Status OperatorReader::bind(ValueId id, std::size_t i) {
  const StoredTensor& stored = output(i);
  if (!stored.unsupported.empty()) {
    return unsupported("output " + stored.label + " has " + stored.unsupported);
  }
  const TensorSpec& made = spec(id);
  const std::string where = "output " + stored.label + ": expected ";
  if (made.dtype != stored.spec.dtype) {
    const std::string message =
        where + to_string(made.dtype) + ", as its operands, got " + to_string(stored.spec.dtype);
    // Some runtimes have kernels that widen quantised values.
    const bool widens = is_integer(made.dtype) && is_integer(stored.spec.dtype);
    return widens ? unsupported(message) : invalid(message);
  }
  if (!state_->is_resized && !agrees(stored, made.shape)) {
    return invalid(where + to_string(made.shape) + ", as its operands give, got " +
                   to_string(stored.spec.shape));
  }
  state_->values[output_tensor(i)] = id;
  return ok();
}

Status OperatorReader::reserve(std::int64_t size_bytes) {
  if (size_bytes > state_->derived_bytes_left) {
    return Error{ErrorCode::ResourceExhausted, label_ +
                                                   ": expected converted constants of at most " +
                                                   std::to_string(state_->derived_bytes_left) +
                                                   " bytes, got " + std::to_string(size_bytes)};
  }
  state_->derived_bytes_left -= size_bytes;
  return ok();
}

Result<ValueId> OperatorReader::zero_bias(ValueId x, std::int64_t count) {
  DType dtype = spec(x).dtype;
  // Sums of products of 8-bit values fit 32 bits, those of 16-bit values need 64.
  if (is_integer(dtype)) dtype = dtype == DType::Int16 ? DType::Int64 : DType::Int32;
  const std::int64_t size_bytes = count * tilewright::size_bytes(dtype);
  TILEWRIGHT_RETURN_IF_ERROR(reserve(size_bytes));
  const std::vector<std::byte> zeros(static_cast<std::size_t>(size_bytes));
  return state_->builder.constant(TensorSpec{.name = output(0).spec.name + "/bias",
                                             .dtype = dtype,
                                             .shape = {count},
                                             .quantization = {}},
                                  std::span(zeros));
}

}  // namespace tilewright::importer::tflite
