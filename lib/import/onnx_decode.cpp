// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_decode.h"

#include <string>
#include <utility>

namespace tilewright::importer::onnx {
namespace {

/// Reads the message inside `field` by `decode` and appends it to `to`.
template <typename T>
Status append_message(const WireField& field, std::string_view where,
                      Result<T> (*decode)(const WireField&), std::vector<T>& to) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, where));
  TILEWRIGHT_TRY(T message, decode(field));
  to.push_back(std::move(message));
  return ok();
}

Status append_string(const WireField& field, std::string_view where, std::vector<std::string>& to) {
  TILEWRIGHT_TRY(std::string text, read_string(field, where));
  to.push_back(std::move(text));
  return ok();
}

template <typename T>
Status assign(Result<T> value, T& to) {
  TILEWRIGHT_TRY(to, std::move(value));
  return ok();
}

Status decode_attribute_field(const WireField& field, AttributeProto& attribute) {
  switch (field.number) {
    case 1:
      return assign(read_string(field, "AttributeProto.name"), attribute.name);
    case 2:
      return assign(read_float(field, "AttributeProto.f"), attribute.f);
    case 3:
      return assign(read_int(field, "AttributeProto.i"), attribute.i);
    case 4:
      return assign(read_string(field, "AttributeProto.s"), attribute.s);
    case 5: {
      TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, "AttributeProto.t"));
      TILEWRIGHT_TRY(attribute.t, decode_tensor(field));
      return ok();
    }
    case 7:
      return append_floats(field, "AttributeProto.floats", attribute.floats);
    case 8:
      return append_ints(field, "AttributeProto.ints", attribute.ints);
    case 20:
      return assign(read_int(field, "AttributeProto.type"), attribute.type);
    default:
      return ok();
  }
}

Result<AttributeProto> decode_attribute(const WireField& message) {
  AttributeProto attribute;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    TILEWRIGHT_RETURN_IF_ERROR(decode_attribute_field(field, attribute));
  }
  return attribute;
}

Status decode_node_field(const WireField& field, NodeProto& node) {
  switch (field.number) {
    case 1:
      return append_string(field, "NodeProto.input", node.inputs);
    case 2:
      return append_string(field, "NodeProto.output", node.outputs);
    case 3:
      return assign(read_string(field, "NodeProto.name"), node.name);
    case 4:
      return assign(read_string(field, "NodeProto.op_type"), node.op_type);
    case 5:
      return append_message(field, "NodeProto.attribute", decode_attribute, node.attributes);
    case 7:
      return assign(read_string(field, "NodeProto.domain"), node.domain);
    default:
      return ok();
  }
}

Result<NodeProto> decode_node(const WireField& message) {
  NodeProto node;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    TILEWRIGHT_RETURN_IF_ERROR(decode_node_field(field, node));
  }
  return node;
}

Result<DimensionProto> decode_dimension(const WireField& message) {
  DimensionProto dimension;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number == 1) {
      TILEWRIGHT_TRY(dimension.value, read_int(field, "TensorShapeProto.dim_value"));
    } else if (field.number == 2) {
      TILEWRIGHT_TRY(dimension.param, read_string(field, "TensorShapeProto.dim_param"));
    }
  }
  return dimension;
}

Result<std::vector<DimensionProto>> decode_shape(const WireField& message) {
  std::vector<DimensionProto> shape;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number != 1) continue;
    TILEWRIGHT_RETURN_IF_ERROR(
        append_message(field, "TensorShapeProto.dim", decode_dimension, shape));
  }
  return shape;
}

Status decode_tensor_type(const WireField& message, ValueInfoProto& value) {
  value.is_tensor = true;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number == 1) {
      TILEWRIGHT_TRY(value.elem_type, read_int(field, "TypeProto.elem_type"));
    } else if (field.number == 2) {
      TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, "TypeProto.shape"));
      TILEWRIGHT_TRY(value.shape, decode_shape(field));
    }
  }
  return ok();
}

Status decode_type(const WireField& message, ValueInfoProto& value) {
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number != 1) continue;
    TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, "TypeProto.tensor_type"));
    TILEWRIGHT_RETURN_IF_ERROR(decode_tensor_type(field, value));
  }
  return ok();
}

Result<ValueInfoProto> decode_value_info(const WireField& message) {
  ValueInfoProto value;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number == 1) {
      TILEWRIGHT_TRY(value.name, read_string(field, "ValueInfoProto.name"));
    } else if (field.number == 2) {
      TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, "ValueInfoProto.type"));
      TILEWRIGHT_RETURN_IF_ERROR(decode_type(field, value));
    }
  }
  return value;
}

/// The name of a SparseTensorProto: that of its `values`.
Result<std::string> decode_sparse_name(const WireField& message) {
  std::string name;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number != 1) continue;
    TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, "SparseTensorProto.values"));
    TILEWRIGHT_TRY(TensorProto values, decode_tensor(field));
    name = std::move(values.name);
  }
  return name;
}

Status decode_graph_field(const WireField& field, GraphProto& graph) {
  switch (field.number) {
    case 1:
      return append_message(field, "GraphProto.node", decode_node, graph.nodes);
    case 5:
      return append_message(field, "GraphProto.initializer", decode_tensor, graph.initializers);
    case 11:
      return append_message(field, "GraphProto.input", decode_value_info, graph.inputs);
    case 12:
      return append_message(field, "GraphProto.output", decode_value_info, graph.outputs);
    case 15:
      return append_message(field, "GraphProto.sparse_initializer", decode_sparse_name,
                            graph.sparse_initializers);
    default:
      return ok();
  }
}

Result<GraphProto> decode_graph(const WireField& message) {
  GraphProto graph;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    TILEWRIGHT_RETURN_IF_ERROR(decode_graph_field(field, graph));
  }
  return graph;
}

Result<OperatorSetId> decode_opset(const WireField& message) {
  OperatorSetId opset;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number == 1) {
      TILEWRIGHT_TRY(opset.domain, read_string(field, "OperatorSetIdProto.domain"));
    } else if (field.number == 2) {
      TILEWRIGHT_TRY(opset.version, read_int(field, "OperatorSetIdProto.version"));
    }
  }
  return opset;
}

Status decode_model_field(const WireField& field, ModelProto& model) {
  switch (field.number) {
    case 1:
      return assign(read_int(field, "ModelProto.ir_version"), model.ir_version);
    case 7: {
      TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, "ModelProto.graph"));
      if (model.graph) {
        return Error{ErrorCode::InvalidModel, "onnx: byte " + std::to_string(field.offset) +
                                                  ": expected one graph, got a second one"};
      }
      TILEWRIGHT_TRY(model.graph, decode_graph(field));
      return ok();
    }
    case 8:
      return append_message(field, "ModelProto.opset_import", decode_opset, model.opset_imports);
    default:
      return ok();
  }
}

}  // namespace

Result<ModelProto> decode_model(std::span<const std::byte> bytes) {
  if (bytes.size() > kMaxMessageBytes) {
    return Error{ErrorCode::ResourceExhausted, "onnx: expected at most " +
                                                   std::to_string(kMaxMessageBytes) +
                                                   " bytes, got " + std::to_string(bytes.size())};
  }
  ModelProto model;
  for (WireReader reader(bytes); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    TILEWRIGHT_RETURN_IF_ERROR(decode_model_field(field, model));
  }
  return model;
}

}  // namespace tilewright::importer::onnx
