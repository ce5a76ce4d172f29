// SPDX-License-Identifier: Apache-2.0
// One operator of a .tflite file while it becomes nodes: its operands, its options table, and the
// errors that name it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "lib/import/tflite_state.h"

namespace tilewright::importer::tflite {

using graph::ValueId;

class OperatorReader {
 public:
  OperatorReader(State& state, std::size_t index);

  [[nodiscard]] State& state() const { return *state_; }
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] schema::BuiltinOperator kind() const;
  [[nodiscard]] const std::string& label() const { return label_; }

  /// "tflite: operator 3 (CONV_2D): message".
  [[nodiscard]] Error invalid(const std::string& message) const;
  [[nodiscard]] Error unsupported(const std::string& message) const;
  /// Shapes that do not fit: the caller's fault if it chose them, else the file's.
  [[nodiscard]] Error misfit(const std::string& message) const;

  [[nodiscard]] std::size_t input_count() const { return inputs_.size(); }
  [[nodiscard]] std::size_t output_count() const { return outputs_.size(); }
  [[nodiscard]] bool has_input(std::size_t i) const;
  /// Tensor indices; the operand must be there.
  [[nodiscard]] std::size_t input_tensor(std::size_t i) const;
  [[nodiscard]] std::size_t output_tensor(std::size_t i) const;
  [[nodiscard]] const StoredTensor& output(std::size_t i) const;

  /// The operand's value. It must be there: `required` of the operator table and `has_input` say
  /// so, and operators with a valueless operand are not converted.
  [[nodiscard]] ValueId input(std::size_t i) const;
  [[nodiscard]] const TensorSpec& spec(ValueId id) const { return state_->builder.spec(id); }
  [[nodiscard]] const Shape& shape(ValueId id) const { return spec(id).shape; }

  /// The elements of an operand that must be a constant of int32 or int64. `role` is its name in
  /// messages. Errors: InvalidModel for other types, Unsupported if it is not a constant.
  [[nodiscard]] Result<std::vector<std::int64_t>> integers(std::size_t i,
                                                           std::string_view role) const;
  /// The same, and exactly `count` of them.
  [[nodiscard]] Result<std::vector<std::int64_t>> integers(std::size_t i, std::string_view role,
                                                           std::int64_t count) const;

  /// The options table. Errors: InvalidModel, if it is absent or another operator's.
  template <typename Options>
  [[nodiscard]] Result<const Options*> options() const {
    constexpr auto kType = schema::BuiltinOptionsTraits<Options>::enum_value;
    TILEWRIGHT_RETURN_IF_ERROR(check_options(kType));
    return static_cast<const Options*>(source_->builtin_options());
  }
  /// False if the operator stands on defaults, which writers leave out.
  [[nodiscard]] bool has_options() const;

  /// Appends a node on the way to the output; it is named after the output and `suffix`, and has
  /// the quantisation of its first input.
  [[nodiscard]] Result<ValueId> step(std::string_view suffix, Op op, std::vector<ValueId> inputs);
  /// Appends the node that makes output `i`.
  [[nodiscard]] Status finish(Op op, std::vector<ValueId> inputs, std::size_t i = 0);
  /// Lets `id` be output `i`. Errors: InvalidModel, if the file says another dtype or shape.
  [[nodiscard]] Status bind(ValueId id, std::size_t i = 0);
  /// Counts bytes of a constant that is not in the file. Errors: ResourceExhausted, if the file
  /// asks for many times its own size.
  [[nodiscard]] Status reserve(std::int64_t size_bytes);
  /// Zeros for a bias that the operator leaves out.
  [[nodiscard]] Result<ValueId> zero_bias(ValueId x, std::int64_t count);

  [[nodiscard]] bool is_constant(ValueId id) const {
    return state_->builder.graph().is_constant(id);
  }

 private:
  [[nodiscard]] Status check_options(schema::BuiltinOptions type) const;
  [[nodiscard]] Result<ValueId> append(std::string name, Op op, std::vector<ValueId> inputs);

  State* state_;
  const schema::Operator* source_;
  std::size_t index_;
  std::string label_;
  std::span<const std::int32_t> inputs_;
  std::span<const std::int32_t> outputs_;
};

}  // namespace tilewright::importer::tflite
