// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "lib/import/onnx_quantization.h"
#include "lib/import/onnx_tensor.h"

namespace tilewright::importer::onnx {
namespace {

using Names = std::set<std::string_view>;

Error broken(const std::string& what) {
  return {ErrorCode::InvalidModel, "onnx: " + what};
}

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

std::string_view full_name(std::string_view domain) {
  return is_onnx_domain(domain) ? "ai.onnx" : domain;
}

Status check_opsets(const ModelProto& model) {
  Names domains;
  for (const OperatorSetId& opset : model.opset_imports) {
    const std::string_view domain = full_name(opset.domain);
    if (!domains.insert(domain).second) {
      return broken("opset_import: expected each domain once, got " + quoted(domain) + " again");
    }
    if (opset.version < 1) {
      return broken("opset_import: expected a version of at least 1 for " + quoted(domain) +
                    ", got " + std::to_string(opset.version));
    }
  }
  if (domains.empty()) return broken("opset_import: expected at least one, got none");
  for (const NodeProto& node : model.graph->nodes) {
    const std::string_view domain = full_name(node.domain);
    if (!domains.contains(domain)) {
      return broken(describe(node) + ": expected a domain that the file imports, got " +
                    quoted(domain));
    }
  }
  return ok();
}

/// The field of an attribute that its type names; other fields are ignored.
Status check_attribute(const NodeProto& node, const AttributeProto& attribute) {
  const std::string where = describe(node) + ": attribute " + quoted(attribute.name);
  if (attribute.type < 1 || attribute.type >= kAttributeTypes) {
    return broken(where + ": expected a type from 1 to " + std::to_string(kAttributeTypes - 1) +
                  ", got " + std::to_string(attribute.type));
  }
  if (static_cast<AttributeType>(attribute.type) != AttributeType::Tensor) return ok();
  if (!attribute.t) return broken(where + ": expected a tensor, got none");
  return check_tensor(*attribute.t, where);
}

Status check_nodes(const GraphProto& graph) {
  for (const NodeProto& node : graph.nodes) {
    if (node.op_type.empty()) return broken(describe(node) + ": expected an op_type, got none");
    Names names;
    for (const AttributeProto& attribute : node.attributes) {
      if (attribute.name.empty() || !names.insert(attribute.name).second) {
        return broken(describe(node) + ": expected attributes of different names, got " +
                      quoted(attribute.name) + (attribute.name.empty() ? "" : " again"));
      }
      TILEWRIGHT_RETURN_IF_ERROR(check_attribute(node, attribute));
    }
  }
  return ok();
}

Status check_initializers(const GraphProto& graph) {
  for (const TensorProto& tensor : graph.initializers) {
    TILEWRIGHT_RETURN_IF_ERROR(check_tensor(tensor, "initializer " + quoted(tensor.name)));
  }
  return ok();
}

/// Adds a name to those defined. `what` is said in the message: `initializer`.
Status define(Names& defined, std::string_view name, const std::string& what) {
  if (name.empty()) return broken(what + ": expected a name, got none");
  if (!defined.insert(name).second) {
    return broken(what + ": expected each value to be made once, got " + quoted(name) + " again");
  }
  return ok();
}

/// Initializers give graph inputs of their name a default value, so the two may share names.
Result<Names> define_sources(const GraphProto& graph) {
  Names constants;
  for (const TensorProto& tensor : graph.initializers) {
    TILEWRIGHT_RETURN_IF_ERROR(define(constants, tensor.name, "initializer"));
  }
  for (const std::string& name : graph.sparse_initializers) {
    TILEWRIGHT_RETURN_IF_ERROR(define(constants, name, "sparse initializer"));
  }
  Names inputs;
  for (const ValueInfoProto& input : graph.inputs) {
    TILEWRIGHT_RETURN_IF_ERROR(define(inputs, input.name, "graph input"));
  }
  inputs.merge(constants);
  return inputs;
}

Status check_values(const GraphProto& graph) {
  TILEWRIGHT_TRY(Names defined, define_sources(graph));
  for (const NodeProto& node : graph.nodes) {
    for (const std::string& name : node.outputs) {
      if (name.empty()) continue;
      TILEWRIGHT_RETURN_IF_ERROR(define(defined, name, describe(node)));
    }
  }
  for (const NodeProto& node : graph.nodes) {
    for (const std::string& name : node.inputs) {
      if (name.empty() || defined.contains(name)) continue;
      return broken(describe(node) + ": expected inputs that the graph makes, got " + quoted(name));
    }
  }
  Names outputs;
  for (const ValueInfoProto& output : graph.outputs) {
    TILEWRIGHT_RETURN_IF_ERROR(define(outputs, output.name, "graph output"));
    if (!defined.contains(output.name)) {
      return broken("graph output " + quoted(output.name) +
                    ": expected a value that the graph makes, got none");
    }
  }
  if (outputs.empty()) return broken("graph: expected at least one output, got none");
  return ok();
}

}  // namespace

bool is_onnx_domain(std::string_view domain) {
  return domain.empty() || domain == "ai.onnx";
}

std::string describe(const NodeProto& node) {
  const bool has_name = !node.name.empty() || node.outputs.empty();
  return "node " + quoted(has_name ? node.name : node.outputs[0]) + " (" + node.op_type + ")";
}

Status check_model(const ModelProto& model) {
  if (!model.graph) return broken("expected a graph, got none");
  if (model.ir_version < kMinIrVersion) {
    return broken("expected ir_version of at least " + std::to_string(kMinIrVersion) + ", got " +
                  std::to_string(model.ir_version));
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_opsets(model));
  TILEWRIGHT_RETURN_IF_ERROR(check_nodes(*model.graph));
  TILEWRIGHT_RETURN_IF_ERROR(check_initializers(*model.graph));
  TILEWRIGHT_RETURN_IF_ERROR(check_values(*model.graph));
  return check_quantization(*model.graph);
}

Result<int> supported_opset(const ModelProto& model) {
  if (model.ir_version > kMaxIrVersion) {
    return Error{ErrorCode::Unsupported, "onnx: ir_version: expected at most " +
                                             std::to_string(kMaxIrVersion) + ", got " +
                                             std::to_string(model.ir_version)};
  }
  const auto opset =
      std::find_if(model.opset_imports.begin(), model.opset_imports.end(),
                   [](const OperatorSetId& candidate) { return is_onnx_domain(candidate.domain); });
  const std::int64_t version = opset == model.opset_imports.end() ? 0 : opset->version;
  if (version < kMinOpset || version > kMaxOpset) {
    return Error{ErrorCode::Unsupported, "onnx: opset of ai.onnx: expected " +
                                             std::to_string(kMinOpset) + " to " +
                                             std::to_string(kMaxOpset) + ", got " +
                                             (version == 0 ? "none" : std::to_string(version))};
  }
  return static_cast<int>(version);
}

}  // namespace tilewright::importer::onnx
