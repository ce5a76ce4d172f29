// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/print.h"

#include <cstdio>

#include "kernels/op_rules.h"

namespace tilewright::graph {
namespace {

/// Constants of up to this many elements are printed in full.
constexpr std::int64_t kPrintedElements = 4;

std::string elements(const Graph& graph, ValueId id) {
  std::string text;
  const auto list = [&](const auto values) {
    for (const auto value : values) {
      char digits[32];
      std::snprintf(digits, sizeof(digits), "%.6g", static_cast<double>(value));
      text += (text.empty() ? "" : ", ") + std::string(digits);
    }
  };
  switch (graph.value(id).spec.dtype) {
    case DType::Float32:
      list(constant_elements<float>(graph, id));
      break;
    case DType::Int32:
      list(constant_elements<std::int32_t>(graph, id));
      break;
    case DType::Int64:
      list(constant_elements<std::int64_t>(graph, id));
      break;
    case DType::Float16:
    case DType::Float64:
    case DType::Int8:
    case DType::UInt8:
    case DType::Int16:
    case DType::Bool:
      return "";
  }
  return " [" + text + "]";
}

std::string operand(const Graph& graph, ValueId id) {
  const std::string number = std::to_string(index(id));
  if (!graph.is_constant(id)) return "%" + number;
  const TensorSpec& spec = graph.value(id).spec;
  std::string text = "const " + number;
  if (spec.dtype != DType::Float32) text += std::string(" ") + to_string(spec.dtype);
  text += " " + to_string(spec.shape);
  if (spec.shape.elements() <= kPrintedElements) text += elements(graph, id);
  return text;
}

}  // namespace

std::string print(const Graph& graph, const Node& node) {
  std::string text = "%" + std::to_string(index(node.output)) + " '" + node.name +
                     "': " + to_string(graph.value(node.output).spec) + " = " +
                     std::string(kernels::op_name(node.op)) + "(";
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    text += (i == 0 ? "" : ", ") + operand(graph, node.inputs[i]);
  const int rank = node.inputs.empty() ? 0 : graph.value(node.inputs[0]).spec.shape.rank();
  return text + ")" + print_attributes(node.op, rank);
}

std::string print(const Graph& graph) {
  std::string text;
  for (const ValueId id : graph.inputs) {
    const TensorSpec& spec = graph.value(id).spec;
    text +=
        "input %" + std::to_string(index(id)) + " '" + spec.name + "': " + to_string(spec) + "\n";
  }
  for (const Node& node : graph.nodes)
    text += print(graph, node) + "\n";
  for (const ValueId id : graph.outputs)
    text += "output " + operand(graph, id) + "\n";
  return text;
}

}  // namespace tilewright::graph
