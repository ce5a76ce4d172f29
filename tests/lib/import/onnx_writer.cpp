// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/import/onnx_writer.h"

#include <algorithm>
#include <bit>
#include <cctype>

namespace tilewright::onnx_writer {
namespace {

enum Field : int {
  kModelIrVersion = 1,
  kModelGraph = 7,
  kModelOpset = 8,
  kGraphNode = 1,
  kGraphName = 2,
  kGraphInitializer = 5,
  kGraphInput = 11,
  kGraphOutput = 12,
  kNodeInput = 1,
  kNodeOutput = 2,
  kNodeName = 3,
  kNodeOpType = 4,
  kNodeAttribute = 5,
  kAttributeName = 1,
  kAttributeFloat = 2,
  kAttributeInt = 3,
  kAttributeString = 4,
  kAttributeTensor = 5,
  kAttributeInts = 8,
  kAttributeType = 20,
  kTensorDims = 1,
  kTensorType = 2,
  kTensorName = 8,
  kTensorRaw = 9,
};

constexpr int kFloat32 = 1;
constexpr int kInt64 = 7;

template <typename T>
std::string_view raw(const std::vector<T>& elements) {
  return {reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T)};
}

Message attribute_of(std::string_view name, int type) {
  Message message;
  message.text(kAttributeName, name).integer(kAttributeType, type);
  return message;
}

Message value_info(std::string_view name, int elem_type, const Message& shape) {
  Message tensor;
  tensor.integer(1, elem_type).message(2, shape);
  Message type;
  type.message(1, tensor);
  Message info;
  info.text(1, name).message(2, type);
  return info;
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char letter) {
    return std::isdigit(letter) != 0;
  });
}

}  // namespace

void Message::varint(std::uint64_t number) {
  for (; number >= 0x80; number >>= 7)
    bytes_ += static_cast<char>(number | 0x80);
  bytes_ += static_cast<char>(number);
}

Message& Message::integer(int field, std::int64_t number) {
  varint(static_cast<std::uint64_t>(field) << 3);
  varint(static_cast<std::uint64_t>(number));
  return *this;
}

Message& Message::real(int field, float number) {
  varint(static_cast<std::uint64_t>(field) << 3 | 5);
  const auto bits = std::bit_cast<std::uint32_t>(number);
  bytes_.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
  return *this;
}

Message& Message::text(int field, std::string_view content) {
  varint(static_cast<std::uint64_t>(field) << 3 | 2);
  varint(content.size());
  bytes_ += content;
  return *this;
}

Message raw_tensor(std::string_view name, const Dims& dims, int data_type,
                   std::string_view raw_data) {
  Message tensor;
  for (const std::int64_t dim : dims)
    tensor.integer(kTensorDims, dim);
  tensor.integer(kTensorType, data_type).text(kTensorName, name).text(kTensorRaw, raw_data);
  return tensor;
}

Message floats(std::string_view name, const Dims& dims, const std::vector<float>& elements) {
  return raw_tensor(name, dims, kFloat32, raw(elements));
}

Message integers(std::string_view name, const Dims& dims, const Dims& elements) {
  return raw_tensor(name, dims, kInt64, raw(elements));
}

Message counting(std::string_view name, const Dims& dims) {
  std::vector<float> elements(1);
  for (const std::int64_t dim : dims)
    elements.resize(elements.size() * static_cast<std::size_t>(dim));
  for (std::size_t i = 0; i < elements.size(); ++i)
    elements[i] = static_cast<float>(i);
  return floats(name, dims, elements);
}

Message attribute(std::string_view name, std::int64_t number) {
  return attribute_of(name, 2).integer(kAttributeInt, number);
}

Message attribute(std::string_view name, int number) {
  return attribute(name, std::int64_t{number});
}

Message attribute(std::string_view name, float number) {
  return attribute_of(name, 1).real(kAttributeFloat, number);
}

Message attribute(std::string_view name, const char* content) {
  return attribute_of(name, 3).text(kAttributeString, content);
}

Message attribute(std::string_view name, const Dims& numbers) {
  Message message = attribute_of(name, 7);
  for (const std::int64_t number : numbers)
    message.integer(kAttributeInts, number);
  return message;
}

Message tensor_attribute(std::string_view name, const Message& tensor) {
  return attribute_of(name, 4).message(kAttributeTensor, tensor);
}

Message node(std::string_view op_type, const Names& inputs, const Names& outputs,
             const std::vector<Message>& attributes, std::string_view name) {
  Message message;
  for (const std::string& input : inputs)
    message.text(kNodeInput, input);
  for (const std::string& output : outputs)
    message.text(kNodeOutput, output);
  message.text(kNodeName, name).text(kNodeOpType, op_type);
  for (const Message& item : attributes)
    message.message(kNodeAttribute, item);
  return message;
}

Message value(std::string_view name, const Dims& dims, int elem_type) {
  Message shape;
  for (const std::int64_t dim : dims)
    shape.message(1, Message().integer(1, dim));
  return value_info(name, elem_type, shape);
}

Message symbolic_value(std::string_view name, const Names& dims) {
  Message shape;
  for (const std::string& dim : dims) {
    Message dimension;
    if (is_number(dim)) {
      dimension.integer(1, std::stoll(dim));
    } else {
      dimension.text(2, dim);
    }
    shape.message(1, dimension);
  }
  return value_info(name, kFloat32, shape);
}

std::string write(const File& file) {
  Message graph;
  for (const Message& item : file.nodes)
    graph.message(kGraphNode, item);
  graph.text(kGraphName, "g");
  for (const Message& item : file.initializers)
    graph.message(kGraphInitializer, item);
  for (const Message& item : file.inputs)
    graph.message(kGraphInput, item);
  for (const Message& item : file.outputs)
    graph.message(kGraphOutput, item);
  Message model;
  model.integer(kModelIrVersion, file.ir_version).message(kModelGraph, graph);
  for (const std::string& domain : file.domains)
    model.message(kModelOpset, Message().text(1, domain).integer(2, file.opset));
  return model.bytes();
}

}  // namespace tilewright::onnx_writer
