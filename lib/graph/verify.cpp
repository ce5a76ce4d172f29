// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/verify.h"

#include <cmath>

#include "kernels/op_rules.h"

namespace tilewright::graph {
namespace {

Error broken(const std::string& where, const std::string& what, const std::string& got) {
  return Error{ErrorCode::InvalidModel, where + ": expected " + what + ", got " + got};
}

std::string value_name(const Graph& graph, ValueId id) {
  return "value " + std::to_string(index(id)) + " '" + graph.value(id).spec.name + "'";
}

Status check_quantization(const TensorSpec& spec, const std::string& where) {
  const Quantization& quantization = spec.quantization;
  const std::size_t scales = quantization.scales.size();
  if (quantization.zero_points.size() != scales) {
    return broken(where, std::to_string(scales) + " zero points",
                  std::to_string(quantization.zero_points.size()));
  }
  for (const float scale : quantization.scales) {
    if (!std::isfinite(scale) || scale <= 0) {
      return broken(where, "scales above 0", std::to_string(scale));
    }
  }
  if (scales <= 1) return ok();
  if (quantization.axis < 0 || quantization.axis >= spec.shape.rank()) {
    return broken(where, "a quantised axis below " + std::to_string(spec.shape.rank()),
                  std::to_string(quantization.axis));
  }
  const std::int64_t extent = spec.shape[quantization.axis];
  if (static_cast<std::int64_t>(scales) == extent) return ok();
  return broken(where, std::to_string(extent) + " scales", std::to_string(scales));
}

Status check_value(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  const std::string where = value_name(graph, id);
  if (const Status status = check_shape(value.spec.shape); !status) {
    return Error{ErrorCode::InvalidModel, where + ": " + status.error().message};
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_quantization(value.spec, where));
  if (!value.constant) return ok();
  const auto bytes = static_cast<std::int64_t>(value.constant->bytes.size());
  if (bytes == value.spec.size_bytes()) return ok();
  return broken(where, std::to_string(value.spec.size_bytes()) + " bytes", std::to_string(bytes));
}

/// Which values exist while the nodes are walked.
class Existing {
 public:
  explicit Existing(const Graph& graph) : graph_(graph), exists_(graph.values.size()) {
    for (std::size_t i = 0; i < exists_.size(); ++i)
      exists_[i] = graph.values[i].constant.has_value();
  }

  Status make(ValueId id, const std::string& where) {
    TILEWRIGHT_RETURN_IF_ERROR(check_range(id, where));
    if (exists_[index(id)]) {
      return broken(where, "a value that nothing else makes", value_name(graph_, id));
    }
    exists_[index(id)] = true;
    return ok();
  }

  Status read(ValueId id, const std::string& where) const {
    TILEWRIGHT_RETURN_IF_ERROR(check_range(id, where));
    if (exists_[index(id)]) return ok();
    return broken(where, "a value that exists before", value_name(graph_, id));
  }

  Status all() const {
    for (std::size_t i = 0; i < exists_.size(); ++i) {
      if (exists_[i]) continue;
      return broken(value_name(graph_, static_cast<ValueId>(i)), "a node that makes it", "none");
    }
    return ok();
  }

 private:
  Status check_range(ValueId id, const std::string& where) const {
    if (index(id) < exists_.size()) return ok();
    return broken(where, "a value below " + std::to_string(exists_.size()),
                  std::to_string(index(id)));
  }

  const Graph& graph_;
  std::vector<bool> exists_;
};

Status check_node(const Graph& graph, const Node& node, Existing& existing) {
  const std::string where = "node '" + node.name + "'";
  for (const ValueId id : node.inputs)
    TILEWRIGHT_RETURN_IF_ERROR(existing.read(id, where));
  TILEWRIGHT_RETURN_IF_ERROR(existing.make(node.output, where));
  const Result<TensorSpec> inferred = kernels::infer_output(node.op, input_specs(graph, node));
  if (!inferred) return Error{ErrorCode::InvalidModel, where + ": " + inferred.error().message};
  const TensorSpec& spec = graph.value(node.output).spec;
  if (spec.dtype == inferred->dtype && spec.shape == inferred->shape) return ok();
  return broken(where, "an output of " + to_string(*inferred), to_string(spec));
}

}  // namespace

Status verify(const Graph& graph) {
  for (std::size_t i = 0; i < graph.values.size(); ++i)
    TILEWRIGHT_RETURN_IF_ERROR(check_value(graph, static_cast<ValueId>(i)));
  Existing existing(graph);
  for (const ValueId id : graph.inputs)
    TILEWRIGHT_RETURN_IF_ERROR(existing.make(id, "graph inputs"));
  for (const Node& node : graph.nodes)
    TILEWRIGHT_RETURN_IF_ERROR(check_node(graph, node, existing));
  for (const ValueId id : graph.outputs)
    TILEWRIGHT_RETURN_IF_ERROR(existing.read(id, "graph outputs"));
  return existing.all();
}

Status verify_weights(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    const bool has_weights = std::holds_alternative<Conv2d>(node.op) ||
                             std::holds_alternative<DepthwiseConv2d>(node.op) ||
                             std::holds_alternative<ConvTranspose2d>(node.op) ||
                             std::holds_alternative<FullyConnected>(node.op);
    if (!has_weights) continue;
    for (const std::size_t input : {std::size_t{1}, std::size_t{2}}) {
      if (graph.is_constant(node.inputs[input])) continue;
      return Error{ErrorCode::Unsupported,
                   "node '" + node.name + "': " + std::string(kernels::op_name(node.op)) +
                       ": expected a constant " + (input == 1 ? "filter" : "bias") + ", got " +
                       value_name(graph, node.inputs[input])};
    }
  }
  return ok();
}

}  // namespace tilewright::graph
