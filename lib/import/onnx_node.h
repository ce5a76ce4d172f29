// SPDX-License-Identifier: Apache-2.0
// One ONNX node while it is imported: its operands and attributes, and the way to add ops to the
// graph in its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tilewright/ops.h"
#include "tilewright/status.h"

#include "lib/import/onnx_lowering.h"
#include "lib/import/onnx_model.h"

namespace tilewright::importer::onnx {

/// The outputs of a node, in the node's order; those that ops do not give may be missing at the
/// end.
using Outputs = std::vector<Operand>;
[[nodiscard]] Result<Outputs> one(Result<Operand> output);

class NodeImport {
 public:
  /// An absent optional operand is empty. The node and the lowering must outlive this.
  NodeImport(const NodeProto& proto, Lowering& lowering, std::vector<std::optional<Operand>> inputs)
      : proto_(proto), lowering_(lowering), inputs_(std::move(inputs)) {}

  [[nodiscard]] const NodeProto& proto() const { return proto_; }
  [[nodiscard]] Lowering& lowering() { return lowering_; }
  [[nodiscard]] int opset() const { return lowering_.opset(); }

  [[nodiscard]] std::size_t input_count() const { return inputs_.size(); }
  [[nodiscard]] bool has_input(std::size_t i) const { return i < inputs_.size() && inputs_[i]; }
  [[nodiscard]] const Operand& input(std::size_t i) const { return *inputs_[i]; }
  /// All operands; none may be absent.
  [[nodiscard]] std::vector<Operand> all_inputs() const;

  /// The elements of an operand that must be known at import. `name` is ONNX's for messages.
  /// Errors: Unsupported, if it is computed at run time.
  [[nodiscard]] Result<const Tensor*> constant(std::size_t i, std::string_view name) const;
  /// The same as integers. Errors: InvalidModel also, if they are floats or have more than one
  /// dimension.
  [[nodiscard]] Result<std::vector<std::int64_t>> constant_integers(std::size_t i,
                                                                    std::string_view name) const;

  // Attributes. Errors: InvalidModel, if the attribute has another type.
  [[nodiscard]] const AttributeProto* attribute(std::string_view name) const;
  [[nodiscard]] Result<std::int64_t> integer(std::string_view name, std::int64_t fallback) const;
  [[nodiscard]] Result<bool> flag(std::string_view name, bool fallback) const;
  [[nodiscard]] Result<float> real(std::string_view name, float fallback) const;
  [[nodiscard]] Result<std::string> text(std::string_view name, std::string_view fallback) const;
  [[nodiscard]] Result<std::optional<std::vector<std::int64_t>>> integers(
      std::string_view name) const;
  /// Integers that are operand `i` in newer operator sets and an attribute in older ones; both
  /// called `name`.
  [[nodiscard]] Result<std::optional<std::vector<std::int64_t>>> integers(std::string_view name,
                                                                          std::size_t i) const;
  /// The same with a value for absent ones.
  [[nodiscard]] Result<std::vector<std::int64_t>> integers_or(
      std::string_view name, std::size_t i, std::vector<std::int64_t> fallback) const;
  /// The attribute as a dimension of something of `rank`; negative ones count from the end.
  [[nodiscard]] Result<int> axis(std::string_view name, std::int64_t fallback, int rank) const;
  [[nodiscard]] Result<int> checked_axis(std::int64_t axis, int rank) const;

  /// "onnx: node 'stem' (Conv): " and what; `invalid` is for files that break ONNX's rules.
  [[nodiscard]] Error invalid(const std::string& what) const;
  [[nodiscard]] Error unsupported(const std::string& what) const;
  [[nodiscard]] Error unsupported_attribute(std::string_view name, const std::string& what) const;

  /// Adds an op named as the node, or "node/part" for helpers around it.
  [[nodiscard]] Result<Operand> emit(Op op, const std::vector<Operand>& src,
                                     std::string_view part = {});
  /// A constant called "node/part".
  [[nodiscard]] Operand make_constant(Tensor tensor, std::string_view part);
  /// One element of `dtype`.
  [[nodiscard]] Operand make_scalar(DType dtype, double value, std::string_view part);
  [[nodiscard]] Status reserve(std::int64_t size_bytes);

 private:
  [[nodiscard]] Result<const AttributeProto*> typed(std::string_view name,
                                                    AttributeType type) const;
  [[nodiscard]] std::string part_name(std::string_view part) const;
  [[nodiscard]] Error located(const Error& error) const;

  const NodeProto& proto_;
  Lowering& lowering_;
  std::vector<std::optional<Operand>> inputs_;
};

}  // namespace tilewright::importer::onnx
