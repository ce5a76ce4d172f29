// SPDX-License-Identifier: Apache-2.0
// Defects of single tensors of a .tflite file: types, shapes, buffers, quantisation.
#include <cstring>
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

const std::string kFilterPrefix = "invalid_model: tflite: tensor 1 'filter': ";

std::string error_with_shape(std::vector<std::int32_t> shape) {
  TfliteModel model = conv_model();
  model.at(kFilter).shape = std::move(shape);
  return model.error();
}

/// `break_it` changes the quantisation of the filter, which is 3 scales along dimension 0.
template <typename Break>
std::string error_with_quantisation(const Break& break_it) {
  TfliteModel model = conv_model();
  model.quantise(kFilter, {1, 2, 3});
  break_it(*model.at(kFilter).quantization);
  return model.error();
}

}  // namespace

TEST_CASE("shapes of tensors are checked", "[tflite]") {
  CHECK(error_with_shape({3, -3, 3, 2}) ==
        kFilterPrefix + "shape: expected extents of at least 0, got 3x-3x3x2");
  CHECK(error_with_shape({65536, 65536, 65536, 65536}) ==
        kFilterPrefix +
            "shape: expected at most 1099511627776 elements, got "
            "65536x65536x65536x65536");
  CHECK(error_with_shape({1, 1, 1, 1, 1, 1, 1, 1, 1}) ==
        kFilterPrefix + "expected at most 8 dimensions, got 9");
  CHECK(error_with_shape({3, 3, 3, 1}) ==
        kFilterPrefix + "expected a buffer of 108 bytes for FLOAT32 3x3x3x1, got 216");
  CHECK(error_with_shape({6, 3, 3, 2}) ==
        kFilterPrefix + "expected a buffer of 432 bytes for FLOAT32 6x3x3x2, got 216");
}

TEST_CASE("types outside the format are invalid, others unsupported", "[tflite]") {
  TfliteModel model = conv_model();
  model.at(kFilter).type = static_cast<schema::TensorType>(77);
  CHECK(model.error() == kFilterPrefix + "expected a type from 0 to 18, got 77");
  model = conv_model();
  model.at(kX).type = schema::TensorType::COMPLEX64;
  CHECK(model.error() == "unsupported: tflite: input 0: tensor 0 'x' has type COMPLEX64");
  model = conv_model();
  model.at(kFilter).type = schema::TensorType::UINT32;
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (CONV_2D) 'middle': input tensor 1 "
        "'filter' has type UINT32");
  model = conv_model();
  model.at(kY).type = schema::TensorType::BFLOAT16;
  CHECK(model.error() ==
        "unsupported: tflite: operator 1 (RELU) 'y': output tensor 4 'y' has type BFLOAT16");
}

TEST_CASE("sparse and variable tensors are unsupported", "[tflite]") {
  TfliteModel model = conv_model();
  model.at(kFilter).sparsity = std::make_unique<schema::SparsityParametersT>();
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (CONV_2D) 'middle': input tensor 1 'filter' has sparsity");
  model = conv_model();
  model.at(kMiddle).is_variable = true;
  model.graph().operators.erase(model.graph().operators.begin());
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (RELU) 'y': input tensor 3 'middle' has is_variable");
}

TEST_CASE("booleans are 0 or 1", "[tflite]") {
  TfliteModel model = conv_model();
  (void)model.bytes_of("flags", {2}, schema::TensorType::BOOL, {1, 2});
  CHECK(model.error() ==
        "invalid_model: tflite: tensor 5 'flags': expected bytes of 0 or 1 for BOOL, got others");
}

TEST_CASE("a shape signature has the rank of the shape", "[tflite]") {
  TfliteModel model = conv_model();
  model.at(kX).shape_signature = {-1, 4, 4};
  CHECK(model.error() ==
        "invalid_model: tflite: tensor 0 'x': expected a shape_signature of rank 4, got 3");
}

TEST_CASE("quantisation parameters are checked", "[tflite]") {
  using Parameters = schema::QuantizationParametersT;
  CHECK(error_with_quantisation([](Parameters& it) { it.scale.pop_back(); }) ==
        kFilterPrefix + "expected 1 quantisation scale or 3 (dimension 0), got 2");
  CHECK(error_with_quantisation([](Parameters& it) { it.quantized_dimension = 4; }) ==
        kFilterPrefix + "expected a quantized_dimension below rank 4, got 4");
  CHECK(error_with_quantisation([](Parameters& it) { it.quantized_dimension = -1; }) ==
        kFilterPrefix + "expected a quantized_dimension below rank 4, got -1");
  CHECK(error_with_quantisation([](Parameters& it) { it.zero_point.pop_back(); }) ==
        kFilterPrefix + "expected 3 zero points, one per scale, got 2");
  CHECK(error_with_quantisation([](Parameters& it) { it.scale[1] = 0; }) ==
        kFilterPrefix + "expected finite quantisation scales above 0, got 0.000000");
  CHECK(error_with_quantisation([](Parameters& it) {
          it.scale[2] = std::numeric_limits<float>::quiet_NaN();
        }) == kFilterPrefix + "expected finite quantisation scales above 0, got nan");
  CHECK(error_with_quantisation([](Parameters& it) {
          it.scale[2] = std::numeric_limits<float>::infinity();
        }) == kFilterPrefix + "expected finite quantisation scales above 0, got inf");
}

TEST_CASE("zero points are in the range of the stored type", "[tflite]") {
  TfliteModel model;
  const std::int32_t x = model.input("x", {2}, schema::TensorType::INT8);
  model.quantise(x, {1});
  model.at(x).quantization->zero_point[0] = 128;
  CHECK(model.error() ==
        "invalid_model: tflite: tensor 0 'x': expected zero points from -128 to 127, got 128");
}

TEST_CASE("zero points that stand at an odd place of the file are read", "[tflite]") {
  TfliteModel model;
  const std::int32_t x = model.input("x", {2}, schema::TensorType::INT8);
  model.quantise(x, {1});
  model.at(x).quantization->zero_point = {5};
  std::vector<std::byte> bytes = model.bytes();
  const auto place_of_zero_points = [&] {
    const auto* tensor = schema::GetModel(bytes.data())->subgraphs()->Get(0)->tensors()->Get(0);
    const auto* vector = reinterpret_cast<const std::byte*>(tensor->quantization()->zero_point());
    return static_cast<std::size_t>(vector - bytes.data());
  };

  // A copy of the vector, of 4 bytes of length and 8 of element, whose element stands at 4
  // modulo 8.
  const std::size_t place = place_of_zero_points();
  const std::size_t copy = (bytes.size() + 7) / 8 * 8;
  bytes.resize(copy + 16);
  std::memcpy(&bytes[copy], &bytes[place], 12);
  // The table stands before what it points to, nearest of all that may.
  for (std::size_t at = place - 4; at > 0; at -= 4) {
    std::uint32_t offset = 0;
    std::memcpy(&offset, &bytes[at], sizeof(offset));
    if (at + offset != place) continue;
    offset = static_cast<std::uint32_t>(copy - at);
    std::memcpy(&bytes[at], &offset, sizeof(offset));
    break;
  }
  REQUIRE(place_of_zero_points() == copy);
  const Result<graph::Graph> graph = import_tflite(bytes, {});
  REQUIRE(graph);
  CHECK(graph->value(graph->inputs[0]).spec.quantization.zero_points[0] == 5);
}

TEST_CASE("buffers may stand behind the flatbuffer", "[tflite]") {
  TfliteModel model = conv_model();
  schema::BufferT& filter = *model.model.buffers[1];
  const std::vector<std::uint8_t> weights(filter.data.size(), 0x3F);
  filter.data.clear();
  filter.offset = 4096;
  filter.size = weights.size();
  std::vector<std::byte> bytes = model.bytes();
  REQUIRE(bytes.size() < 4096);
  const std::size_t whole = 4096 + weights.size();
  bytes.resize(whole);
  std::memcpy(&bytes[4096], weights.data(), weights.size());

  const Result<graph::Graph> graph = import_tflite(bytes, {});
  REQUIRE(graph);
  const graph::Node& conv = graph->nodes[0];
  float expected = 0;
  std::memcpy(&expected, weights.data(), sizeof(expected));
  CHECK(graph::constant_elements<float>(*graph, conv.inputs[1])[0] == expected);

  bytes.pop_back();
  CHECK(error_of(bytes) ==
        "invalid_model: tflite: buffer 1: expected a range within the file's 4311 bytes, got "
        "offset 4096 and size 216");
  filter.size = std::numeric_limits<std::uint64_t>::max();
  CHECK(model.error().starts_with("invalid_model: tflite: buffer 1: expected a range within"));
}

TEST_CASE("tensors that share a buffer share its copy", "[tflite]") {
  TfliteModel model = conv_model();
  const std::int32_t other = model.tensor("other", {2, 2, 3, 3}, schema::TensorType::FLOAT32);
  model.at(other).buffer = model.at(kBias).buffer;
  model.at(other).shape = {3};
  const std::int32_t sum = model.tensor("sum", {1, 2, 2, 3});
  model.op(schema::BuiltinOperator::ADD, {kY, other}, {sum}, schema::AddOptionsT{});
  model.graph().outputs = {sum};
  const Result<graph::Graph> graph = model.import();
  REQUIRE(graph);
  const auto& bias = graph->value(graph->nodes[0].inputs[2]).constant;
  const auto& added = graph->value(graph->nodes[2].inputs[1]).constant;
  CHECK(bias->bytes.data() == added->bytes.data());
}

}  // namespace tilewright::importer
