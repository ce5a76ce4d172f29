// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/builder.h"

#include <utility>

#include "kernels/op_rules.h"

namespace tilewright::graph {

ValueId Builder::input(TensorSpec spec) {
  const ValueId id = graph_.add_value({.spec = std::move(spec), .constant = std::nullopt});
  graph_.inputs.push_back(id);
  return id;
}

ValueId Builder::constant(TensorSpec spec, std::span<const std::byte> bytes) {
  return graph_.add_constant(std::move(spec), bytes);
}

ValueId Builder::constant(TensorSpec spec, Constant constant) {
  return graph_.add_value({.spec = std::move(spec), .constant = std::move(constant)});
}

ValueId Builder::constant(std::string name, const Shape& shape, std::span<const float> elements) {
  return constant(
      {.name = std::move(name), .dtype = DType::Float32, .shape = shape, .quantization = {}},
      std::as_bytes(elements));
}

ValueId Builder::constant(std::string name, const Shape& shape,
                          std::span<const std::int64_t> elements) {
  return constant(
      {.name = std::move(name), .dtype = DType::Int64, .shape = shape, .quantization = {}},
      std::as_bytes(elements));
}

Result<ValueId> Builder::add(std::string name, Op op, std::vector<ValueId> inputs) {
  Node node{.name = std::move(name), .op = std::move(op), .inputs = std::move(inputs)};
  Result<TensorSpec> spec = kernels::infer_output(node.op, input_specs(graph_, node));
  if (!spec) {
    return Error{spec.error().code, "node '" + node.name + "': " + spec.error().message};
  }
  spec->name = node.name;
  node.output = graph_.add_value({.spec = *std::move(spec), .constant = std::nullopt});
  graph_.nodes.push_back(std::move(node));
  return graph_.nodes.back().output;
}

void Builder::output(ValueId id) {
  graph_.outputs.push_back(id);
}

}  // namespace tilewright::graph
