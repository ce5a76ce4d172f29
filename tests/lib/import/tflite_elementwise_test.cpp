// SPDX-License-Identifier: Apache-2.0
// Operators of .tflite files that work element by element, and reductions.
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

using enum schema::BuiltinOperator;
using Dims = std::vector<std::int32_t>;

/// x[2, 3] -> op -> y[2, 3]
TfliteModel unary(schema::BuiltinOperator kind) {
  TfliteModel model;
  const auto x = model.input("x", {2, 3});
  const auto y = model.tensor("y", {2, 3});
  model.op(kind, {x}, {y});
  model.output(y);
  return model;
}

/// a[2, 3], b[3] -> op -> y[2, 3]
TfliteModel binary(schema::BuiltinOperator kind) {
  TfliteModel model;
  const auto a = model.input("a", {2, 3});
  const auto b = model.input("b", {3});
  const auto y = model.tensor("y", {2, 3});
  model.op(kind, {a, b}, {y});
  model.output(y);
  return model;
}

/// x[2, 3, 4] -> MEAN or the like over `axes` -> y
TfliteModel reduced(schema::BuiltinOperator kind, Dims axes, Dims out, bool keep_dims) {
  TfliteModel model;
  const auto x = model.input("x", {2, 3, 4});
  const auto over = model.integers("axes", axes);
  const auto y = model.tensor("y", std::move(out));
  schema::ReducerOptionsT options;
  options.keep_dims = keep_dims;
  model.op(kind, {x, over}, {y}, options);
  model.output(y);
  return model;
}

/// A constant of `bytes` -> DEQUANTIZE -> y; what y holds, or the error.
std::string dequantised(schema::TensorType type, Dims shape, std::vector<std::uint8_t> bytes,
                        std::vector<float> scales) {
  TfliteModel model;
  const auto x = model.bytes_of("x", shape, type, std::move(bytes));
  if (!scales.empty()) model.quantise(x, std::move(scales));
  const auto y = model.tensor("y", shape);
  model.op(DEQUANTIZE, {x}, {y});
  model.output(y);
  const Result<graph::Graph> graph = model.import();
  if (!graph) return graph.error().message;
  std::string text;
  for (const float element : graph::constant_elements<float>(*graph, graph->outputs[0]))
    text += std::to_string(element) + " ";
  return text;
}

}  // namespace

TEST_CASE("unary operators become nodes of their kind", "[tflite]") {
  CHECK(unary(ABS).nodes() == "unary(%0) kind=abs");
  CHECK(unary(CEIL).nodes() == "unary(%0) kind=ceil");
  CHECK(unary(COS).nodes() == "unary(%0) kind=cos");
  CHECK(unary(EXP).nodes() == "unary(%0) kind=exp");
  CHECK(unary(FLOOR).nodes() == "unary(%0) kind=floor");
  CHECK(unary(LOG).nodes() == "unary(%0) kind=log");
  CHECK(unary(NEG).nodes() == "unary(%0) kind=neg");
  CHECK(unary(ROUND).nodes() == "unary(%0) kind=round");
  CHECK(unary(RSQRT).nodes() == "unary(%0) kind=rsqrt");
  CHECK(unary(SIN).nodes() == "unary(%0) kind=sin");
  CHECK(unary(SQRT).nodes() == "unary(%0) kind=sqrt");
  CHECK(unary(SQUARE).nodes() == "unary(%0) kind=square");
}

TEST_CASE("activations become nodes of their kind", "[tflite]") {
  CHECK(unary(HARD_SWISH).nodes() == "activate(%0) activation.kind=hard_swish");
  CHECK(unary(LOGISTIC).nodes() == "activate(%0) activation.kind=sigmoid");
  CHECK(unary(RELU).nodes() == "activate(%0) activation.kind=relu");
  CHECK(unary(RELU6).nodes() == "activate(%0) activation.kind=relu6");
  CHECK(unary(TANH).nodes() == "activate(%0) activation.kind=tanh");
  CHECK(unary(ELU).nodes() == "activate(%0) activation.kind=elu activation.alpha=1");
  CHECK(unary(GELU).nodes() == "activate(%0) activation.kind=gelu");
  TfliteModel gelu = unary(GELU);
  schema::GeluOptionsT gelu_options;
  gelu_options.approximate = true;
  gelu.op(0).builtin_options.Set(gelu_options);
  CHECK(gelu.nodes() == "activate(%0) activation.kind=gelu_tanh");
  CHECK(unary(RELU_0_TO_1).nodes() == "activate(%0) activation.kind=clamp activation.beta=1");
  CHECK(unary(RELU_N1_TO_1).nodes() ==
        "activate(%0) activation.kind=clamp activation.alpha=-1 activation.beta=1");
  TfliteModel model = unary(LEAKY_RELU);
  schema::LeakyReluOptionsT options;
  options.alpha = 0.25F;
  model.op(0).builtin_options.Set(options);
  CHECK(model.nodes() == "activate(%0) activation.kind=leaky_relu activation.alpha=0.25");
  model.op(0).builtin_options.AsLeakyReluOptions()->alpha = std::numeric_limits<float>::infinity();
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (LEAKY_RELU): alpha: expected a finite "
        "number, got inf");
}

TEST_CASE("PRELU has a slope of its own for what is below 0", "[tflite]") {
  CHECK(binary(PRELU).nodes() ==
        "activate(%0) activation.kind=relu; binary(%0, const 2 scalar [0]) kind=min; "
        "binary(%4, %1) kind=mul; binary(%3, %5) kind=add");
}

TEST_CASE("TILE repeats one dimension after the other", "[tflite]") {
  TfliteModel model;
  const auto x = model.input("x", {2, 3});
  const auto times = model.integers("times", {1, 2});
  const auto y = model.tensor("y", {2, 6});
  model.op(TILE, {x, times}, {y});
  model.output(y);
  CHECK(model.nodes() ==
        "reshape(%0) shape=2x1x3; broadcast(%2) shape=2x2x3; reshape(%3) shape=2x6; "
        "reshape(%4) shape=2x6");
}

TEST_CASE("binary operators become nodes of their kind and broadcast", "[tflite]") {
  CHECK(binary(ADD).nodes() == "binary(%0, %1) kind=add");
  CHECK(binary(SUB).nodes() == "binary(%0, %1) kind=sub");
  CHECK(binary(MUL).nodes() == "binary(%0, %1) kind=mul");
  CHECK(binary(DIV).nodes() == "binary(%0, %1) kind=div");
  CHECK(binary(MAXIMUM).nodes() == "binary(%0, %1) kind=max");
  CHECK(binary(MINIMUM).nodes() == "binary(%0, %1) kind=min");
  CHECK(binary(POW).nodes() == "binary(%0, %1) kind=pow");
  CHECK(binary(SQUARED_DIFFERENCE).nodes() == "binary(%0, %1) kind=squared_difference");
  TfliteModel model = binary(ADD);
  model.at(1).shape = {2};
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (ADD): binary: expected shapes that "
        "broadcast, got 2x3 and 2");
}

TEST_CASE("activations fused into a binary operator are kept", "[tflite]") {
  TfliteModel model = binary(MUL);
  schema::MulOptionsT options;
  options.fused_activation_function = schema::ActivationFunctionType::TANH;
  model.op(0).builtin_options.Set(options);
  CHECK(model.nodes() == "binary(%0, %1) kind=mul activation.kind=tanh");
}

TEST_CASE("SOFTMAX is over the last dimension", "[tflite]") {
  TfliteModel model = unary(SOFTMAX);
  schema::SoftmaxOptionsT options;
  options.beta = 0.5F;
  model.op(0).builtin_options.Set(options);
  CHECK(model.nodes() == "softmax(%0) axis=1 beta=0.5");
  model.op(0).builtin_options.AsSoftmaxOptions()->beta = std::numeric_limits<float>::quiet_NaN();
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (SOFTMAX): beta: expected a finite number, got nan");
}

TEST_CASE("CAST is to the type of its output", "[tflite]") {
  TfliteModel model = unary(CAST);
  model.at(1).type = schema::TensorType::INT64;
  CHECK(model.nodes() == "cast(%0) dtype=int64");
  model.at(1).type = schema::TensorType::STRING;
  CHECK(model.error() == "unsupported: tflite: operator 0 (CAST) 'y': a cast to type STRING");
}

TEST_CASE("an output of another type than the operands is refused", "[tflite]") {
  TfliteModel model = unary(RELU);
  model.at(1).type = schema::TensorType::INT32;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (RELU): output tensor 1 'y': expected "
        "float32, as its operands, got int32");
  model.at(0).type = schema::TensorType::INT8;
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (RELU) 'y': output tensor 1 'y': expected "
        "int8, as its operands, got int32");
}

TEST_CASE("reductions count axes from both ends", "[tflite]") {
  CHECK(reduced(MEAN, {1, -1}, {2}, false).nodes() ==
        "reduce(%0) kind=mean axes=6 keep_dims=false");
  CHECK(reduced(SUM, {0}, {1, 3, 4}, true).nodes() == "reduce(%0) kind=sum axes=1");
  CHECK(reduced(REDUCE_MAX, {2}, {2, 3}, false).nodes() ==
        "reduce(%0) kind=max axes=4 keep_dims=false");
  CHECK(reduced(REDUCE_MIN, {2}, {2, 3, 1}, true).nodes() == "reduce(%0) kind=min axes=4");
  CHECK(reduced(REDUCE_PROD, {1, 1}, {2, 1, 4}, true).nodes() == "reduce(%0) kind=prod axes=2");
  CHECK(reduced(MEAN, {3}, {2, 3}, false).error() ==
        "invalid_model: tflite: operator 0 (MEAN): axes: expected from -3 to below 3, got 3");
}

TEST_CASE("operands that must be constants say so", "[tflite]") {
  TfliteModel model = reduced(MEAN, {1}, {2, 4}, false);
  model.at(1).buffer = 0;
  model.graph().inputs.push_back(1);
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (MEAN) 'y': axes: expected a constant, "
        "got a tensor computed at run time");
  model = reduced(MEAN, {1}, {2, 4}, false);
  model.at(1).type = schema::TensorType::FLOAT32;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (MEAN): axes: expected int32 or int64, got float32");
}

TEST_CASE("halves become floats", "[tflite]") {
  // 1, -2, 2^-24, the largest, infinity
  const std::vector<std::uint8_t> bytes = {0x00, 0x3C, 0x00, 0xC0, 0x00,
                                           0x80, 0xFF, 0x7B, 0x00, 0x7C};
  CHECK(dequantised(schema::TensorType::FLOAT16, {5}, bytes, {}) ==
        "1.000000 -2.000000 -0.000000 65504.000000 inf ");
  TfliteModel model;
  const auto x = model.bytes_of("x", {1}, schema::TensorType::FLOAT16, {0x01, 0x00});
  const auto y = model.tensor("y", {1});
  model.op(DEQUANTIZE, {x}, {y});
  model.output(y);
  const Result<graph::Graph> graph = model.import();
  REQUIRE(graph);
  CHECK(graph::constant_elements<float>(*graph, graph->outputs[0])[0] == 0x1p-24F);
}

TEST_CASE("quantised constants become floats, by one scale or one per channel", "[tflite]") {
  CHECK(dequantised(schema::TensorType::INT8, {2}, {4, 0xFF}, {0.5F}) == "2.000000 -0.500000 ");
  CHECK(dequantised(schema::TensorType::UINT8, {2, 2}, {4, 255, 1, 2}, {0.5F, 2}) ==
        "2.000000 127.500000 2.000000 4.000000 ");
  CHECK(dequantised(schema::TensorType::INT8, {2}, {4, 0xFF}, {}) ==
        "tflite: operator 0 (DEQUANTIZE): expected float16, or int8, uint8 or int16 with a scale, "
        "got int8 without");
}

TEST_CASE("dequantising what is computed at run time is unsupported", "[tflite]") {
  TfliteModel model;
  const auto x = model.input("x", {2}, schema::TensorType::INT8);
  model.quantise(x, {1});
  const auto y = model.tensor("y", {2});
  model.op(DEQUANTIZE, {x}, {y});
  model.output(y);
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (DEQUANTIZE) 'y': expected a constant, "
        "got a tensor computed at run time");
}

TEST_CASE("a small file cannot ask for many converted constants", "[tflite]") {
  TfliteModel model;
  const auto x =
      model.bytes_of("x", {1 << 18}, schema::TensorType::INT8, std::vector<std::uint8_t>(1 << 18));
  model.quantise(x, {1});
  for (int i = 0; i < 4; ++i) {
    const auto y = model.tensor("y", {1 << 18});
    model.op(DEQUANTIZE, {x}, {y});
    model.output(y);
  }
  CHECK(model.error().starts_with(
      "resource_exhausted: tflite: operator 3 (DEQUANTIZE): expected converted constants of at "
      "most "));
}

}  // namespace tilewright::importer
