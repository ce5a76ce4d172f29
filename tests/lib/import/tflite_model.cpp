// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/import/tflite_model.h"

#include <cstring>
#include <numeric>

#include "lib/graph/print.h"

namespace tilewright::importer {
namespace {

template <typename T>
std::vector<std::uint8_t> raw(const std::vector<T>& elements) {
  std::vector<std::uint8_t> bytes(elements.size() * sizeof(T));
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

std::string text_of(const Result<graph::Graph>& result) {
  if (result) return "imported";
  return std::string(to_string(result.error().code)) + ": " + result.error().message;
}

}  // namespace

TfliteModel::TfliteModel() {
  model.version = 3;
  model.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
  model.buffers.push_back(std::make_unique<schema::BufferT>());  // buffer 0 is "no bytes"
}

std::int32_t TfliteModel::add(const std::string& name, std::vector<std::int32_t> shape,
                              schema::TensorType type, std::uint32_t buffer) {
  auto tensor = std::make_unique<schema::TensorT>();
  tensor->name = name;
  tensor->shape = std::move(shape);
  tensor->type = type;
  tensor->buffer = buffer;
  tensor->has_rank = !tensor->shape.empty() || buffer != 0;
  graph().tensors.push_back(std::move(tensor));
  return static_cast<std::int32_t>(graph().tensors.size() - 1);
}

std::int32_t TfliteModel::tensor(const std::string& name, std::vector<std::int32_t> shape,
                                 schema::TensorType type) {
  return add(name, std::move(shape), type, 0);
}

std::int32_t TfliteModel::input(const std::string& name, std::vector<std::int32_t> shape,
                                schema::TensorType type) {
  const std::int32_t index = tensor(name, std::move(shape), type);
  graph().inputs.push_back(index);
  return index;
}

std::int32_t TfliteModel::bytes_of(const std::string& name, std::vector<std::int32_t> shape,
                                   schema::TensorType type, std::vector<std::uint8_t> bytes) {
  auto buffer = std::make_unique<schema::BufferT>();
  buffer->data = std::move(bytes);
  model.buffers.push_back(std::move(buffer));
  return add(name, std::move(shape), type, static_cast<std::uint32_t>(model.buffers.size() - 1));
}

std::int32_t TfliteModel::floats(const std::string& name, std::vector<std::int32_t> shape,
                                 const std::vector<float>& elements) {
  return bytes_of(name, std::move(shape), schema::TensorType::FLOAT32, raw(elements));
}

std::int32_t TfliteModel::zeros(const std::string& name, std::vector<std::int32_t> shape) {
  const int count = std::accumulate(shape.begin(), shape.end(), 1, std::multiplies<>());
  return floats(name, std::move(shape), std::vector<float>(static_cast<std::size_t>(count)));
}

std::int32_t TfliteModel::integers(const std::string& name,
                                   const std::vector<std::int32_t>& elements) {
  return bytes_of(name, {static_cast<std::int32_t>(elements.size())}, schema::TensorType::INT32,
                  raw(elements));
}

std::int32_t TfliteModel::scalar(const std::string& name, std::int32_t element) {
  return bytes_of(name, {}, schema::TensorType::INT32, raw(std::vector{element}));
}

schema::OperatorT& TfliteModel::op(schema::BuiltinOperator kind, std::vector<std::int32_t> inputs,
                                   std::vector<std::int32_t> outputs) {
  auto code = std::make_unique<schema::OperatorCodeT>();
  code->builtin_code = kind;
  model.operator_codes.push_back(std::move(code));
  auto added = std::make_unique<schema::OperatorT>();
  added->opcode_index = static_cast<std::uint32_t>(model.operator_codes.size() - 1);
  added->inputs = std::move(inputs);
  added->outputs = std::move(outputs);
  graph().operators.push_back(std::move(added));
  return *graph().operators.back();
}

void TfliteModel::quantise(std::int32_t tensor, std::vector<float> scales, std::int32_t axis) {
  auto parameters = std::make_unique<schema::QuantizationParametersT>();
  parameters->zero_point.assign(scales.size(), 0);
  parameters->scale = std::move(scales);
  parameters->quantized_dimension = axis;
  at(tensor).quantization = std::move(parameters);
}

std::vector<std::byte> TfliteModel::bytes() const {
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model));
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

Result<graph::Graph> TfliteModel::import(std::span<const InputShape> shapes) const {
  return import_tflite(bytes(), {.shapes = shapes});
}

std::string TfliteModel::error(std::span<const InputShape> shapes) const {
  return text_of(import(shapes));
}

std::string TfliteModel::nodes(std::span<const InputShape> shapes) const {
  const Result<graph::Graph> result = import(shapes);
  if (!result) return text_of(result);
  std::string text;
  for (const graph::Node& node : result->nodes) {
    const std::string line = graph::print(*result, node);
    text += (text.empty() ? "" : "; ") + line.substr(line.find(" = ") + 3);
  }
  return text;
}

std::string error_of(std::span<const std::byte> bytes) {
  return text_of(import_tflite(bytes, {}));
}

TfliteModel conv_model() {
  TfliteModel made;
  const std::int32_t x = made.input("x", {1, 4, 4, 2});
  const std::int32_t filter = made.zeros("filter", {3, 3, 3, 2});
  const std::int32_t bias = made.zeros("bias", {3});
  const std::int32_t middle = made.tensor("middle", {1, 2, 2, 3});
  const std::int32_t y = made.tensor("y", {1, 2, 2, 3});
  schema::Conv2DOptionsT options;
  options.stride_h = options.stride_w = 2;
  made.op(schema::BuiltinOperator::CONV_2D, {x, filter, bias}, {middle}, options);
  made.op(schema::BuiltinOperator::RELU, {middle}, {y});
  made.output(y);
  return made;
}

}  // namespace tilewright::importer
