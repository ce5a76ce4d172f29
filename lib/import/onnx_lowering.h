// SPDX-License-Identifier: Apache-2.0
// The graph as it grows, and the constants beside it. A constant enters the graph when a node that
// stays reads it, so shape arithmetic leaves no trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tilewright/ops.h"
#include "tilewright/status.h"
#include "tilewright/tensor.h"

#include "lib/graph/builder.h"
#include "lib/graph/graph.h"
#include "lib/import/onnx_tensor.h"

namespace tilewright::importer::onnx {

/// All bytes that an import may compute, so that a small file cannot ask for any amount of memory:
/// this, and so many bytes for each one of the file, whose weights are copied into our layouts.
inline constexpr std::int64_t kMaxFoldedBytes = std::int64_t{1} << 30;
inline constexpr std::int64_t kMaxFoldedBytesPerFileByte = 4;

/// A value of the file: `constant` is its place among the constants of `Lowering`, `value` that in
/// the graph. One of the two is set.
struct Operand {
  DType dtype = DType::Float32;
  Shape shape;
  std::optional<std::size_t> constant;
  std::optional<graph::ValueId> value;
};

class Lowering {
 public:
  Lowering(int opset, std::size_t file_bytes)
      : opset_(opset),
        max_folded_bytes_(kMaxFoldedBytes +
                          kMaxFoldedBytesPerFileByte * static_cast<std::int64_t>(file_bytes)) {}

  /// The version of the ai.onnx operators.
  [[nodiscard]] int opset() const { return opset_; }

  [[nodiscard]] Operand add_input(const TensorSpec& spec);
  [[nodiscard]] Operand add_constant(std::string name, Tensor tensor);

  /// The elements of a constant; null if the operand is none.
  [[nodiscard]] const Tensor* tensor(const Operand& operand) const;

  /// Accounts for `size_bytes` bytes that are about to be computed.
  /// Errors: ResourceExhausted, beyond the limit of the import.
  [[nodiscard]] Status reserve(std::int64_t size_bytes);

  /// Adds a node; of constants alone, computes the result instead where `fold` can.
  /// Errors: InvalidModel, those of `kernels::infer_output`; ResourceExhausted.
  [[nodiscard]] Result<Operand> emit(const std::string& name, Op op, std::span<const Operand> src);

  /// Gives the value the name it has in the file.
  void rename(const Operand& operand, const std::string& name);

  /// Makes `operand` an output of the graph called `name`.
  [[nodiscard]] Status add_output(const Operand& operand, const std::string& name);

  [[nodiscard]] graph::Graph take() && { return std::move(builder_).take(); }

 private:
  struct ConstantSlot {
    std::string name;
    Tensor tensor;
    std::optional<graph::ValueId> value;  // set by the first node that reads it
  };

  graph::ValueId value_of(const Operand& operand);
  Result<Operand> fold_constants(const std::string& name, const Op& op,
                                 std::span<const Operand> src, const TensorSpec& dst);

  int opset_;
  std::int64_t max_folded_bytes_;
  std::int64_t folded_bytes_ = 0;
  graph::Builder builder_;
  std::vector<ConstantSlot> constants_;
  std::vector<graph::ValueId> fixed_names_;  // inputs and outputs of the graph
};

}  // namespace tilewright::importer::onnx
