// SPDX-License-Identifier: Apache-2.0
// What an .onnx file says, as plain values: the fields of onnx.proto that matter here, under their
// names there. Nothing is checked yet but the wire format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tilewright::importer::onnx {

struct StringPair {
  std::string key, value;
};

/// `raw_data` lies in the file's bytes. Numbers of uint64_data are kept as their bits.
struct TensorProto {
  std::string name;
  std::vector<std::int64_t> dims;
  std::int64_t data_type = 0;
  std::optional<std::span<const std::byte>> raw_data;
  std::vector<float> float_data;
  std::vector<double> double_data;
  std::vector<std::int64_t> int32_data, int64_data, uint64_data;
  std::size_t string_count = 0;
  bool has_segment = false;
  bool is_external = false;
  std::vector<StringPair> external_data;
};

/// onnx.proto's AttributeType.
enum class AttributeType : std::uint8_t {
  Undefined,
  Float,
  Int,
  String,
  Tensor,
  Graph,
  Floats,
  Ints,
  Strings,
  Tensors,
  Graphs,
  SparseTensor,
  SparseTensors,
  TypeProto,
  TypeProtos
};
inline constexpr std::int64_t kAttributeTypes = 15;

/// Graphs, sparse tensors and types are not read: no op that has one is imported.
struct AttributeProto {
  std::string name;
  std::int64_t type = 0;
  float f = 0;
  std::int64_t i = 0;
  std::string s;
  std::optional<TensorProto> t;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
};

/// An empty name among `inputs` or `outputs` is one that is not there.
struct NodeProto {
  std::string name, op_type, domain;
  std::vector<std::string> inputs, outputs;
  std::vector<AttributeProto> attributes;
};

/// A dimension is a number, a name, or nothing.
struct DimensionProto {
  std::optional<std::int64_t> value;
  std::string param;
};

struct ValueInfoProto {
  std::string name;
  bool is_tensor = false;
  std::int64_t elem_type = 0;
  std::optional<std::vector<DimensionProto>> shape;
};

struct GraphProto {
  std::vector<NodeProto> nodes;
  std::vector<TensorProto> initializers;
  std::vector<std::string> sparse_initializers;
  std::vector<ValueInfoProto> inputs, outputs;
};

struct OperatorSetId {
  std::string domain;
  std::int64_t version = 0;
};

struct ModelProto {
  std::int64_t ir_version = 0;
  std::vector<OperatorSetId> opset_imports;
  std::optional<GraphProto> graph;
};

}  // namespace tilewright::importer::onnx
