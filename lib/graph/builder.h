// SPDX-License-Identifier: Apache-2.0
// Builds a graph op by op; shapes are inferred and checked as it grows. Used by importers, passes
// and tests.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tilewright/status.h"

#include "lib/graph/graph.h"

namespace tilewright::graph {

class Builder {
 public:
  ValueId input(TensorSpec spec);
  ValueId constant(TensorSpec spec, std::span<const std::byte> bytes);
  /// A constant whose bytes others share.
  ValueId constant(TensorSpec spec, Constant constant);
  /// A float32 constant.
  ValueId constant(std::string name, const Shape& shape, std::span<const float> elements);
  ValueId constant(std::string name, const Shape& shape, std::span<const std::int64_t> elements);

  /// Appends a node; its output takes the node's name and the inferred spec.
  /// Errors: InvalidArgument, "node 'stem': conv2d: expected ..., got ...".
  [[nodiscard]] Result<ValueId> add(std::string name, Op op, std::vector<ValueId> inputs);

  void output(ValueId id);
  [[nodiscard]] const TensorSpec& spec(ValueId id) const { return graph_.value(id).spec; }
  [[nodiscard]] TensorSpec& spec(ValueId id) { return graph_.value(id).spec; }
  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] Graph take() && { return std::move(graph_); }

 private:
  Graph graph_;
};

}  // namespace tilewright::graph
