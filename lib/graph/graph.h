// SPDX-License-Identifier: Apache-2.0
// The network as a value: tensors (`Value`), ops in execution order (`Node`), and which values go
// in and out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tilewright/ops.h"
#include "tilewright/tensor.h"

namespace tilewright::graph {

enum class ValueId : std::uint32_t {};

[[nodiscard]] constexpr std::size_t index(ValueId id) {
  return static_cast<std::size_t>(id);
}

/// Bytes that never change, dense, innermost last. `owner` keeps them alive and is shared by every
/// graph, model and plan that uses them; null if the bytes outlive everything (static tables).
struct Constant {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};

/// Memory of our own for a constant, aligned to kTensorAlignment.
[[nodiscard]] Constant copy_constant(std::span<const std::byte> bytes);

struct Value {
  TensorSpec spec;
  std::optional<Constant> constant;
};

/// `inputs` and their order are those of the op (ops.h). Every op has one output.
struct Node {
  std::string name;
  Op op;
  std::vector<ValueId> inputs;
  ValueId output{};
};

/// Invariants (see verify.h): ids are in range; every value is a graph input, a constant, or made
/// by one node; nodes stand in an order in which each reads only what exists; specs are those
/// `kernels::infer_output` gives.
struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;

  [[nodiscard]] Value& value(ValueId id) { return values[index(id)]; }
  [[nodiscard]] const Value& value(ValueId id) const { return values[index(id)]; }
  [[nodiscard]] bool is_constant(ValueId id) const { return value(id).constant.has_value(); }

  ValueId add_value(Value value);
  /// Adds a constant of `spec` whose elements are `bytes` (copied).
  ValueId add_constant(TensorSpec spec, std::span<const std::byte> bytes);
};

/// The nodes that read each value, in one array, since passes ask for all of them after each
/// change.
class Readers {
 public:
  Readers() = default;
  explicit Readers(const Graph& graph);
  /// Values.
  [[nodiscard]] std::size_t size() const { return begins_.empty() ? 0 : begins_.size() - 1; }
  /// Of one value, in the order of the nodes: a node once per use.
  [[nodiscard]] std::span<const std::size_t> operator[](std::size_t value) const {
    return std::span(nodes_).subspan(begins_[value], begins_[value + 1] - begins_[value]);
  }

 private:
  std::vector<std::size_t> begins_;  // of each value's nodes, and one more for the end
  std::vector<std::size_t> nodes_;
};

/// For each value: the nodes that read it, and the node that makes it.
struct Uses {
  Readers readers;
  std::vector<std::optional<std::size_t>> producer;
};
[[nodiscard]] Uses uses(const Graph& graph);

/// The specs of the node's inputs, in order: what `kernels::infer_output` and `kernels::Call` need.
[[nodiscard]] std::vector<TensorSpec> input_specs(const Graph& graph, const Node& node);

/// The elements of a constant. The value must be a constant of element type T.
template <typename T>
[[nodiscard]] std::span<const T> constant_elements(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  TILEWRIGHT_CHECK(value.constant && value.spec.dtype == kDTypeOf<T>);
  return {reinterpret_cast<const T*>(value.constant->bytes.data()),
          static_cast<std::size_t>(value.spec.shape.elements())};
}

}  // namespace tilewright::graph
