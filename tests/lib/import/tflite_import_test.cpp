// SPDX-License-Identifier: Apache-2.0
// Whole .tflite files: free dimensions, shape arithmetic, and which defect is reported first.
#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

using enum schema::BuiltinOperator;

/// The convolution, with a free batch, height and width.
TfliteModel free_model() {
  TfliteModel model = conv_model();
  model.at(0).shape = {1, 1, 1, 2};
  model.at(0).shape_signature = {-1, -1, -1, 2};
  for (const std::int32_t tensor : {3, 4}) {
    model.at(tensor).shape = {1, 1, 1, 3};
    model.at(tensor).shape_signature = {-1, -1, -1, 3};
  }
  return model;
}

std::string output_of(const TfliteModel& model, std::span<const InputShape> shapes) {
  const Result<graph::Graph> graph = model.import(shapes);
  return graph ? to_string(graph->value(graph->outputs[0]).spec.shape) : graph.error().message;
}

/// x[-1, 2, 3] flattened to [batch, 6] by SHAPE, STRIDED_SLICE and PACK, as converters write it.
TfliteModel flattening_model() {
  TfliteModel model;
  const auto x = model.input("x", {1, 2, 3});
  model.at(x).shape_signature = {-1, 2, 3};
  const auto shape = model.tensor("shape", {3}, schema::TensorType::INT32);
  const auto begin = model.integers("begin", {0});
  const auto end = model.integers("end", {1});
  const auto batch = model.tensor("batch", {}, schema::TensorType::INT32);
  const auto six = model.scalar("six", 6);
  const auto target = model.tensor("target", {2}, schema::TensorType::INT32);
  const auto y = model.tensor("y", {1, 6});
  model.at(y).shape_signature = {-1, 6};
  model.op(SHAPE, {x}, {shape});
  schema::StridedSliceOptionsT slice;
  slice.shrink_axis_mask = 1;
  model.op(STRIDED_SLICE, {shape, begin, end, end}, {batch}, slice);
  schema::PackOptionsT pack;
  pack.values_count = 2;
  model.op(PACK, {batch, six}, {target}, pack);
  model.op(RESHAPE, {x, target}, {y});
  model.output(y);
  return model;
}

}  // namespace

TEST_CASE("a free batch is 1 unless the caller says otherwise", "[tflite]") {
  TfliteModel model = conv_model();
  model.at(0).shape_signature = {-1, 4, 4, 2};
  model.at(3).shape_signature = model.at(4).shape_signature = {-1, 2, 2, 3};
  CHECK(output_of(model, {}) == "1x2x2x3");
  CHECK(output_of(model, std::vector<InputShape>{{"x", {5, 4, 4, 2}}}) == "5x2x2x3");
}

TEST_CASE("other free dimensions are set by the caller, by name or position", "[tflite]") {
  CHECK(output_of(free_model(), std::vector<InputShape>{{"x", {2, 7, 5, 2}}}) == "2x4x3x3");
  CHECK(output_of(free_model(), std::vector<InputShape>{{"0", {1, 7, 5, 2}}}) == "1x4x3x3");
  CHECK(free_model().error() ==
        "invalid_argument: tflite: input 0 'x': expected an extent for dimension 1, which the file "
        "leaves free, got none: give it with --shape x=?x?x?x2");
}

TEST_CASE("shapes that contradict the file are refused", "[tflite]") {
  const auto error = [](const std::string& name, const Shape& shape) {
    return free_model().error(std::vector<InputShape>{{name, shape}});
  };
  CHECK(error("x", {1, 7, 5, 3}) ==
        "invalid_argument: tflite: input 0 'x': expected a shape of ?x?x?x2, got 1x7x5x3");
  CHECK(error("x", {1, 7, 5}) ==
        "invalid_argument: tflite: input 0 'x': expected a shape of ?x?x?x2, got 1x7x5");
  CHECK(error("x", {1, 0, 5, 2}) ==
        "invalid_argument: tflite: input 0 'x': expected a shape of ?x?x?x2, got 1x0x5x2");
  CHECK(error("z", {1, 7, 5, 2}) ==
        "invalid_argument: tflite: shapes: expected the name or position of one of 1 inputs, got "
        "'z'");
  CHECK(free_model().error(std::vector<InputShape>{{"x", {1, 7, 5, 2}}, {"0", {1, 7, 5, 2}}}) ==
        "invalid_argument: tflite: shapes: expected one shape per input, got two for '0'");
}

TEST_CASE("a shape of the caller that an operator cannot take is the caller's fault", "[tflite]") {
  TfliteModel model = free_model();
  model.op(0).builtin_options.AsConv2DOptions()->padding = schema::Padding::VALID;
  CHECK(model.error(std::vector<InputShape>{{"x", {1, 2, 5, 2}}}) ==
        "invalid_argument: tflite: operator 0 (CONV_2D): conv2d: expected a window of at most 2 "
        "padded rows, got 3");
}

TEST_CASE("shape arithmetic is folded", "[tflite]") {
  CHECK(flattening_model().nodes() == "reshape(%0) shape=1x6");
  CHECK(flattening_model().nodes(std::vector<InputShape>{{"x", {4, 2, 3}}}) ==
        "reshape(%0) shape=4x6");
}

TEST_CASE("shape arithmetic that divides by 0 is refused", "[tflite]") {
  TfliteModel model;
  const auto x = model.input("x", {6});
  const auto quotient = model.tensor("quotient", {1}, schema::TensorType::INT32);
  const auto y = model.tensor("y", {6});
  model.op(DIV, {model.integers("six", {6}), model.integers("none", {0})}, {quotient});
  model.op(RESHAPE, {x, quotient}, {y});
  model.output(y);
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (DIV): expected divisors other than 0, got 0");
}

TEST_CASE("operators that are not imported are named", "[tflite]") {
  TfliteModel model = conv_model();
  model.model.operator_codes[1]->builtin_code = SEGMENT_SUM;
  CHECK(model.error() ==
        "unsupported: tflite: operator 1 (SEGMENT_SUM) 'y': the operator is not imported");
  model.model.operator_codes[1]->builtin_code = CUSTOM;
  model.model.operator_codes[1]->custom_code = "NoSuchOp";
  CHECK(model.error() ==
        "unsupported: tflite: operator 1 (NoSuchOp) 'y': custom operators are not imported");
  model.model.operator_codes[1]->builtin_code = static_cast<schema::BuiltinOperator>(300);
  CHECK(model.error() == "unsupported: tflite: operator 1 (300) 'y': the operator is not imported");
  model.model.operator_codes[1]->builtin_code = static_cast<schema::BuiltinOperator>(-300);
  model.model.operator_codes[1]->deprecated_builtin_code = -3;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 1 (-3): expected an operator code of at least 0");
}

TEST_CASE("old files give the operator in the old field", "[tflite]") {
  TfliteModel model = conv_model();
  model.model.operator_codes[1]->builtin_code = ADD;
  model.model.operator_codes[1]->deprecated_builtin_code = static_cast<std::int8_t>(TANH);
  CHECK(model.nodes().ends_with("activation.kind=tanh"));
}

TEST_CASE("a defect behind an operator that is not imported outranks it", "[tflite]") {
  TfliteModel model = conv_model();
  const std::int32_t again = model.tensor("again", {1, 2, 2, 3});
  schema::Pool2DOptionsT options;
  options.filter_height = options.filter_width = 1;
  model.op(MAX_POOL_2D, {4}, {again}, options);
  model.graph().outputs = {again};
  model.model.operator_codes[1]->builtin_code = SEGMENT_SUM;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 2 (MAX_POOL_2D): expected stride_h of at "
        "least 1, got 0");
}

TEST_CASE("what reads a shape that no file knows is not checked", "[tflite]") {
  TfliteModel model = conv_model();
  model.model.operator_codes[0]->builtin_code = WHERE;
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (WHERE) 'middle': the operator is not imported");
}

TEST_CASE("inputs and outputs keep the file's order and names", "[tflite]") {
  TfliteModel model;
  const auto b = model.tensor("b", {2});
  const auto a = model.tensor("a", {3});
  const auto y = model.tensor("y", {2});
  model.graph().inputs = {a, b};
  model.op(RELU, {b}, {y});
  model.graph().outputs = {y, a};
  const Result<graph::Graph> graph = model.import();
  REQUIRE(graph);
  CHECK(graph->value(graph->inputs[0]).spec.name == "a");
  CHECK(graph->value(graph->inputs[1]).spec.name == "b");
  CHECK(graph->value(graph->outputs[0]).spec.name == "y");
  CHECK(graph->value(graph->outputs[1]).spec.name == "a");
}

}  // namespace tilewright::importer
