// SPDX-License-Identifier: Apache-2.0
// An .onnx file to a graph: decode, check the whole file, then import node by node. A node that is
// not supported does not end the walk: the nodes that do not depend on it are still checked, since
// a file that is broken is told so before it is told that it is not supported.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lib/import/import.h"
#include "lib/import/onnx_check.h"
#include "lib/import/onnx_decode.h"
#include "lib/import/onnx_input.h"
#include "lib/import/onnx_op_table.h"
#include "lib/import/onnx_value_bytes.h"

namespace tilewright::importer {
namespace onnx {
namespace {

class Importer {
 public:
  Importer(const GraphProto& graph, Lowering lowering)
      : graph_(graph), lowering_(std::move(lowering)) {
    for (const NodeProto& node : graph.nodes)
      used_.insert(node.inputs.begin(), node.inputs.end());
    for (const ValueInfoProto& output : graph.outputs)
      used_.insert(output.name);
  }

  Status read(const ImportOptions& options);
  /// Bytes of each value of the file that is no constant, nor computed from constants alone.
  [[nodiscard]] std::map<std::string, std::int64_t> value_bytes() const;
  [[nodiscard]] graph::Graph take() && { return std::move(lowering_).take(); }

 private:
  /// Empty for what depends on something unsupported.
  using Values = std::map<std::string_view, std::optional<Operand>>;

  Status add_constants(const std::string& folder);
  Status add_node(const NodeProto& node);
  Result<Outputs> import_node(const NodeProto& node);
  Result<std::vector<std::optional<Operand>>> operands(const NodeProto& node,
                                                       const OpImporter& importer) const;
  Status add_outputs();
  bool reads_unknown(const NodeProto& node) const;
  bool reads(const NodeProto& node, const Operand& operand) const;
  Status keep_unsupported(Error error);

  const GraphProto& graph_;
  Lowering lowering_;
  Values values_;
  std::set<std::string_view> used_;
  std::optional<Error> unsupported_;  // the first
};

/// Errors other than Unsupported are returned, that one is kept for later.
Status Importer::keep_unsupported(Error error) {
  if (error.code != ErrorCode::Unsupported) return error;
  if (!unsupported_) unsupported_ = std::move(error);
  return ok();
}

Status Importer::add_constants(const std::string& folder) {
  for (const std::string& name : graph_.sparse_initializers) {
    values_[name] = std::nullopt;
    TILEWRIGHT_RETURN_IF_ERROR(keep_unsupported(
        {ErrorCode::Unsupported, "onnx: initializer '" + name + "': expected a dense tensor"}));
  }
  for (const TensorProto& proto : graph_.initializers) {
    Result<Tensor> tensor = read_tensor(proto, folder, "initializer '" + proto.name + "'");
    std::optional<Operand>& value = values_[proto.name];
    if (!tensor) {
      TILEWRIGHT_RETURN_IF_ERROR(keep_unsupported(tensor.error()));
    } else {
      value = lowering_.add_constant(proto.name, *std::move(tensor));
    }
  }
  return ok();
}

bool Importer::reads_unknown(const NodeProto& node) const {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& name) {
    const auto found = values_.find(name);
    return found != values_.end() && !found->second;
  });
}

/// Whether the value is one of the node's operands, as that of an Identity is.
bool Importer::reads(const NodeProto& node, const Operand& operand) const {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& name) {
    const auto found = values_.find(name);
    return found != values_.end() && found->second && found->second->value == operand.value;
  });
}

Result<std::vector<std::optional<Operand>>> Importer::operands(const NodeProto& node,
                                                               const OpImporter& importer) const {
  std::size_t count = node.inputs.size();
  while (count > 0 && node.inputs[count - 1].empty())
    --count;
  std::vector<std::optional<Operand>> inputs;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = values_.find(node.inputs[i]);
    inputs.push_back(found == values_.end() ? std::nullopt : found->second);
  }
  const auto first_absent = std::find(inputs.begin(), inputs.end(), std::nullopt) - inputs.begin();
  if (static_cast<std::size_t>(first_absent) < importer.min_inputs || count > importer.max_inputs) {
    const bool variadic = importer.max_inputs == kAnyCount;
    return Error{
        ErrorCode::InvalidModel,
        "onnx: " + describe(node) + ": expected " + std::to_string(importer.min_inputs) +
            (variadic ? " or more" : " to " + std::to_string(importer.max_inputs)) +
            " inputs, got " +
            std::to_string(count > importer.max_inputs ? count
                                                       : static_cast<std::size_t>(first_absent))};
  }
  return inputs;
}

/// Whether `word` is one of `words`, which spaces separate.
bool contains_word(std::string_view words, std::string_view word) {
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    if (words.substr(begin, end - begin) == word) return true;
    begin = end + 1;
  }
  return false;
}

Result<Outputs> Importer::import_node(const NodeProto& node) {
  const OpImporter* importer = is_onnx_domain(node.domain) ? find_importer(node.op_type) : nullptr;
  if (importer == nullptr) {
    return Error{ErrorCode::Unsupported,
                 "onnx: " + describe(node) +
                     ": expected an operator that Tilewright imports, got " +
                     (is_onnx_domain(node.domain) ? "" : node.domain + ".") + node.op_type};
  }
  TILEWRIGHT_TRY(std::vector<std::optional<Operand>> inputs, operands(node, *importer));
  NodeImport import(node, lowering_, std::move(inputs));
  for (const AttributeProto& attribute : node.attributes) {
    if (contains_word(importer->attributes, attribute.name)) continue;
    return import.unsupported_attribute(attribute.name, "expected one that Tilewright knows");
  }
  TILEWRIGHT_TRY(Outputs outputs, importer->import(import));
  for (std::size_t i = outputs.size(); i < node.outputs.size(); ++i) {
    if (!used_.contains(node.outputs[i]) || node.outputs[i].empty()) continue;
    return import.unsupported("output " + std::to_string(i) + ": expected it unused, got '" +
                              node.outputs[i] + "' in use");
  }
  return outputs;
}

Status Importer::add_node(const NodeProto& node) {
  const bool skip = node.outputs.empty() || reads_unknown(node);
  Outputs outputs;
  if (!skip) {
    Result<Outputs> imported = import_node(node);
    if (!imported) TILEWRIGHT_RETURN_IF_ERROR(keep_unsupported(imported.error()));
    if (imported) outputs = *std::move(imported);
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    std::optional<Operand>& value = values_[node.outputs[i]];
    if (i >= outputs.size()) continue;
    value = outputs[i];
    if (!reads(node, *value)) lowering_.rename(*value, node.outputs[i]);
  }
  return ok();
}

Status Importer::add_outputs() {
  for (const ValueInfoProto& output : graph_.outputs) {
    const Operand& value = *values_[output.name];
    const std::optional<DType> declared = dtype_of(output.elem_type);
    if (declared && *declared != value.dtype) {
      return Error{ErrorCode::InvalidModel,
                   "onnx: output '" + output.name + "': expected " + to_string(value.dtype) +
                       ", as the graph computes, got " + to_string(*declared)};
    }
    TILEWRIGHT_RETURN_IF_ERROR(lowering_.add_output(value, output.name));
  }
  return ok();
}

Status Importer::read(const ImportOptions& options) {
  TILEWRIGHT_TRY(const std::vector<std::size_t> order, execution_order(graph_));
  TILEWRIGHT_TRY(const std::vector<TensorSpec> inputs, input_specs(graph_, options.shapes));
  for (const TensorSpec& spec : inputs) {
    const auto info =
        std::find_if(graph_.inputs.begin(), graph_.inputs.end(),
                     [&](const ValueInfoProto& item) { return item.name == spec.name; });
    values_[info->name] = lowering_.add_input(spec);
  }
  TILEWRIGHT_RETURN_IF_ERROR(add_constants(options.folder));
  for (const std::size_t i : order)
    TILEWRIGHT_RETURN_IF_ERROR(add_node(graph_.nodes[i]));
  if (unsupported_) return *std::move(unsupported_);
  return add_outputs();
}

std::map<std::string, std::int64_t> Importer::value_bytes() const {
  std::map<std::string, std::int64_t> bytes;
  for (const auto& [name, value] : values_) {
    if (value && value->value)
      bytes.emplace(name, value->shape.elements() * size_bytes(value->dtype));
  }
  return bytes;
}

/// The importer after it has read a checked file.
template <typename Take>
auto import_with(std::span<const std::byte> bytes, const ImportOptions& options, const Take& take)
    -> Result<decltype(take(std::declval<Importer>()))> {
  TILEWRIGHT_TRY(const ModelProto model, decode_model(bytes));
  TILEWRIGHT_RETURN_IF_ERROR(check_model(model));
  TILEWRIGHT_RETURN_IF_ERROR(execution_order(*model.graph));
  TILEWRIGHT_TRY(const int opset, supported_opset(model));
  Importer importer(*model.graph, Lowering(opset, bytes.size()));
  TILEWRIGHT_RETURN_IF_ERROR(importer.read(options));
  return take(std::move(importer));
}

}  // namespace

Result<std::map<std::string, std::int64_t>> value_bytes(std::span<const std::byte> bytes,
                                                        const ImportOptions& options) {
  return import_with(bytes, options,
                     [](const Importer& importer) { return importer.value_bytes(); });
}

}  // namespace onnx

Result<graph::Graph> import_onnx(std::span<const std::byte> bytes, const ImportOptions& options) {
  return onnx::import_with(bytes, options,
                           [](onnx::Importer&& importer) { return std::move(importer).take(); });
}

}  // namespace tilewright::importer
