// SPDX-License-Identifier: Apache-2.0
// Convolutions and products of .tflite files.
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

using schema::BuiltinOperator;
using schema::Padding;
using Dims = std::vector<std::int32_t>;

schema::Conv2DOptionsT& conv_options(TfliteModel& model) {
  return *model.op(0).builtin_options.AsConv2DOptions();
}

/// x[1, in, in, 1] -> CONV_2D, SAME -> y[1, out, out, 1]
std::string same_padding(std::int32_t in, std::int32_t kernel, std::int32_t stride,
                         std::int32_t dilation, std::int32_t out) {
  TfliteModel model;
  const auto x = model.input("x", {1, in, in, 1});
  const auto filter = model.zeros("filter", {1, kernel, kernel, 1});
  const auto y = model.tensor("y", {1, out, out, 1});
  schema::Conv2DOptionsT options;
  options.stride_h = options.stride_w = stride;
  options.dilation_h_factor = options.dilation_w_factor = dilation;
  model.op(BuiltinOperator::CONV_2D, {x, filter, -1}, {y}, options);
  const Result<graph::Graph> graph = model.import();
  if (!graph) return graph.error().message;
  const Window& window = std::get<Conv2d>(graph->nodes[0].op).window;
  return std::to_string(window.pad_top) + " " + std::to_string(window.pad_bottom) + " " +
         std::to_string(window.pad_left) + " " + std::to_string(window.pad_right);
}

/// x[1, in, in, 2] -> TRANSPOSE_CONV -> y[1, out, out, 3]; rows and columns alike.
std::string transposed(std::int32_t in, std::int32_t kernel, std::int32_t stride, Padding padding,
                       std::int32_t out) {
  TfliteModel model;
  const auto x = model.input("x", {1, in, in, 2});
  const auto filter = model.zeros("filter", {3, kernel, kernel, 2});
  const auto shape = model.integers("shape", {1, out, out, 3});
  const auto y = model.tensor("y", {1, out, out, 3});
  schema::TransposeConvOptionsT options;
  options.padding = padding;
  options.stride_h = options.stride_w = stride;
  model.op(BuiltinOperator::TRANSPOSE_CONV, {shape, filter, x}, {y}, options);
  const Result<graph::Graph> graph = model.import();
  if (!graph) return graph.error().message;
  const auto& op = std::get<ConvTranspose2d>(graph->nodes[0].op);
  return std::to_string(op.window.pad_top) + " " + std::to_string(op.window.pad_bottom) + " +" +
         std::to_string(op.output_pad_h);
}

/// x of `shape` -> FULLY_CONNECTED with 3 outputs of rows of 4 -> y
TfliteModel fully_connected(Dims shape, Dims out, bool keep_num_dims) {
  TfliteModel model;
  const auto x = model.input("x", std::move(shape));
  const auto weights = model.zeros("weights", {3, 4});
  const auto y = model.tensor("y", std::move(out));
  schema::FullyConnectedOptionsT options;
  options.keep_num_dims = keep_num_dims;
  model.op(BuiltinOperator::FULLY_CONNECTED, {x, weights, -1}, {y}, options);
  model.output(y);
  return model;
}

struct Dilated {
  Dims paddings = {2, 2, 2, 2};
  Dims crops = {0, 0, 0, 0};
  Padding padding = Padding::VALID;
  std::int32_t stride = 1;
  Dims last_block = {2, 2};
};

/// x[1, 6, 6, 1] in blocks of 2 -> CONV_2D 3 x 3 -> collected: y[1, out, out, 1]
TfliteModel dilated(const Dilated& what, std::int32_t out) {
  TfliteModel model;
  const auto x = model.input("x", {1, 6, 6, 1});
  const auto block = model.integers("block", {2, 2});
  const auto last_block = model.integers("last_block", what.last_block);
  const auto paddings = model.integers("paddings", what.paddings);
  const auto crops = model.integers("crops", what.crops);
  model.at(paddings).shape = model.at(crops).shape = {2, 2};
  const auto filter = model.zeros("filter", {1, 3, 3, 1});
  const auto dealt = model.tensor("dealt", {});
  const auto convolved = model.tensor("convolved", {});
  const auto y = model.tensor("y", {1, out, out, 1});
  schema::Conv2DOptionsT options;
  options.padding = what.padding;
  options.stride_h = options.stride_w = what.stride;
  model.op(BuiltinOperator::SPACE_TO_BATCH_ND, {x, block, paddings}, {dealt});
  model.op(BuiltinOperator::CONV_2D, {dealt, filter}, {convolved}, options);
  model.op(BuiltinOperator::BATCH_TO_SPACE_ND, {convolved, last_block, crops}, {y});
  model.output(y);
  return model;
}

const std::string kConv = "invalid_model: tflite: operator 0 (CONV_2D): ";

}  // namespace

TEST_CASE("SAME padding gives the odd cell to the bottom and right", "[tflite]") {
  CHECK(same_padding(4, 3, 1, 1, 4) == "1 1 1 1");
  CHECK(same_padding(4, 3, 2, 1, 2) == "0 1 0 1");
  CHECK(same_padding(5, 3, 2, 1, 3) == "1 1 1 1");
  CHECK(same_padding(7, 2, 1, 1, 7) == "0 1 0 1");
  CHECK(same_padding(7, 3, 1, 2, 7) == "2 2 2 2");
  CHECK(same_padding(6, 1, 3, 1, 2) == "0 0 0 0");
}

TEST_CASE("a CONV_2D becomes a node with its attributes", "[tflite]") {
  TfliteModel model = conv_model();
  conv_options(model).fused_activation_function = schema::ActivationFunctionType::RELU_N1_TO_1;
  CHECK(model.nodes() ==
        "conv2d(%0, const 1 3x3x3x2, const 2 3 [0, 0, 0]) window.stride_h=2 window.stride_w=2 "
        "window.pad_bottom=1 window.pad_right=1 activation.kind=clamp activation.alpha=-1 "
        "activation.beta=1; activate(%3) activation.kind=relu");
}

TEST_CASE("a filter of fewer channels than the input makes groups", "[tflite]") {
  TfliteModel model = conv_model();
  model.at(1).shape = {6, 3, 3, 1};
  model.at(2).shape = {6};
  model.model.buffers[2]->data.resize(24);
  model.at(3).shape = model.at(4).shape = {1, 2, 2, 6};
  const Result<graph::Graph> graph = model.import();
  REQUIRE(graph);
  CHECK(std::get<Conv2d>(graph->nodes[0].op).groups == 2);
}

TEST_CASE("defects of a CONV_2D are named", "[tflite]") {
  TfliteModel model = conv_model();
  conv_options(model).stride_h = 0;
  CHECK(model.error() == kConv + "expected stride_h of at least 1, got 0");
  model = conv_model();
  conv_options(model).dilation_w_factor = -1;
  CHECK(model.error() == kConv + "expected dilation_w_factor of at least 1, got -1");
  model = conv_model();
  conv_options(model).padding = static_cast<Padding>(9);
  CHECK(model.error() == kConv + "padding: expected 0 (SAME) or 1 (VALID), got 9");
  model = conv_model();
  conv_options(model).fused_activation_function = static_cast<schema::ActivationFunctionType>(6);
  CHECK(model.error() == kConv + "fused_activation_function: expected 0 to 5, got 6");
  model = conv_model();
  model.at(0).shape = {1, 4, 4, 3};
  CHECK(model.error() == kConv +
                             "expected 2 input channels, as the filter has, or as many for "
                             "each group of its 3 outputs, got 3");
  model = conv_model();
  model.at(0).shape = {4, 4, 2};
  CHECK(model.error() == kConv + "expected an input of rank 4, got 4x4x2");
  model = conv_model();
  model.at(2).shape = {1};
  model.model.buffers[2]->data.resize(4);
  CHECK(model.error() == kConv + "conv2d: expected 3 bias elements, got 1");
  model = conv_model();
  model.at(3).shape = {1, 3, 3, 3};
  CHECK(model.error() ==
        kConv + "output tensor 3 'middle': expected 1x2x2x3, as its operands give, got 1x3x3x3");
  model = conv_model();
  model.op(0).inputs = {0};
  CHECK(model.error() == kConv + "expected 2 to 3 inputs, got 1");
  model = conv_model();
  model.op(0).inputs = {0, -1, 2};
  CHECK(model.error() == kConv + "input 1: expected a tensor, got none");
  model = conv_model();
  model.op(0).outputs = {};
  model.graph().operators.pop_back();
  model.graph().outputs = {};
  CHECK(model.error() == kConv + "expected 1 to 1 outputs, got 0");
  model = conv_model();
  model.op(0).builtin_options.Set(schema::Pool2DOptionsT{});
  CHECK(model.error() == kConv + "expected Conv2DOptions, got Pool2DOptions");
  model = conv_model();
  model.op(0).builtin_options.Reset();
  CHECK(model.error() == kConv + "expected Conv2DOptions, got no options");
}

TEST_CASE("a window that does not fit is invalid", "[tflite]") {
  TfliteModel model = conv_model();
  conv_options(model).padding = Padding::VALID;
  model.at(0).shape = {1, 2, 2, 2};
  CHECK(model.error() == kConv + "conv2d: expected a window of at most 2 padded rows, got 3");
  model = conv_model();
  conv_options(model).dilation_h_factor = std::numeric_limits<std::int32_t>::max();
  CHECK(model.error() == kConv + "expected padding of less than 2^31 cells, got 4294967293");
}

TEST_CASE("unsupported parts of a CONV_2D are named", "[tflite]") {
  const std::string prefix = "unsupported: tflite: operator 0 (CONV_2D) 'middle': ";
  TfliteModel model = conv_model();
  conv_options(model).fused_activation_function = schema::ActivationFunctionType::SIGN_BIT;
  CHECK(model.error() == prefix + "fused_activation_function SIGN_BIT");
  model = conv_model();
  model.graph().inputs.push_back(1);
  model.at(1).buffer = 0;
  CHECK(model.error() ==
        prefix + "expected weights that are a constant, got a tensor computed at run time");
  model = conv_model();
  model.at(1).type = schema::TensorType::INT32;
  CHECK(model.error() ==
        prefix + "expected weights and activations of the same kind, got int32 and float32");
}

TEST_CASE("a filter without elements cannot ask for memory", "[tflite]") {
  TfliteModel model = conv_model();
  model.at(1).shape = {1 << 30, 0, 3, 2};
  model.model.buffers[1]->data.clear();
  model.op(0).inputs = {0, 1};
  CHECK(model.error() == kConv + "expected a filter with elements, got 1073741824x0x3x2");
}

TEST_CASE("int8 weights of a float network become float32", "[tflite]") {
  TfliteModel model;
  const auto x = model.input("x", {1, 1, 1, 1});
  const auto filter = model.bytes_of("filter", {2, 1, 1, 1}, schema::TensorType::INT8, {3, 0xFE});
  model.quantise(filter, {0.5F, 4});
  model.at(filter).quantization->zero_point = {1, 0};
  const auto y = model.tensor("y", {1, 1, 1, 2});
  schema::Conv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  model.op(BuiltinOperator::CONV_2D, {x, filter}, {y}, options);
  model.output(y);
  const Result<graph::Graph> graph = model.import();
  REQUIRE(graph);
  const auto weights = graph::constant_elements<float>(*graph, graph->nodes[0].inputs[1]);
  CHECK(std::vector(weights.begin(), weights.end()) == std::vector<float>{1, -8});
}

TEST_CASE("a quantised convolution keeps its quantisation", "[tflite]") {
  TfliteModel model;
  const auto x = model.input("x", {1, 1, 1, 2}, schema::TensorType::INT8);
  const auto filter = model.bytes_of("filter", {1, 1, 1, 2}, schema::TensorType::INT8, {3, 0xFE});
  model.quantise(x, {0.25F});
  model.quantise(filter, {0.5F, 4}, 3);
  const auto y = model.tensor("y", {1, 1, 1, 2}, schema::TensorType::INT8);
  model.quantise(y, {0.125F});
  schema::DepthwiseConv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  model.op(BuiltinOperator::DEPTHWISE_CONV_2D, {x, filter, -1}, {y}, options);
  model.output(y);
  const Result<graph::Graph> graph = model.import();
  REQUIRE(graph);
  const graph::Node& node = graph->nodes[0];
  CHECK(to_string(graph->value(node.inputs[1]).spec) == "int8 1x1x2");
  CHECK(graph->value(node.inputs[1]).spec.quantization ==
        Quantization{.scales = {0.5F, 4}, .zero_points = {0, 0}, .axis = 2});
  CHECK(to_string(graph->value(node.inputs[2]).spec) == "int32 2");
  CHECK(graph->value(node.output).spec.quantization.scales == std::vector<float>{0.125F});
  CHECK(graph->value(graph->inputs[0]).spec.quantization.scales == std::vector<float>{0.25F});
}

TEST_CASE("a depthwise filter has a leading extent of 1", "[tflite]") {
  TfliteModel model;
  const auto x = model.input("x", {1, 4, 4, 2});
  const auto filter = model.zeros("filter", {2, 3, 3, 2});
  const auto y = model.tensor("y", {1, 4, 4, 2});
  schema::DepthwiseConv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  model.op(BuiltinOperator::DEPTHWISE_CONV_2D, {x, filter}, {y}, options);
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (DEPTHWISE_CONV_2D): expected a filter of 1 x kernel "
        "height x kernel width x channels, got 2x3x3x2");
}

TEST_CASE("the padding of a TRANSPOSE_CONV follows from its output", "[tflite]") {
  CHECK(transposed(4, 2, 2, Padding::SAME, 8) == "0 0 +0");
  CHECK(transposed(4, 3, 2, Padding::SAME, 8) == "0 1 +0");
  CHECK(transposed(4, 3, 2, Padding::SAME, 7) == "1 1 +0");
  CHECK(transposed(4, 3, 2, Padding::VALID, 9) == "0 0 +0");
  CHECK(transposed(4, 3, 2, Padding::VALID, 10) == "0 0 +1");
  CHECK(transposed(4, 1, 2, Padding::SAME, 8) == "0 0 +1");
  CHECK(transposed(4, 3, 2, Padding::VALID, 11) ==
        "tflite: operator 0 (TRANSPOSE_CONV): output_shape: expected at most 10 cells of 4 with "
        "stride 2, got 11");
}

TEST_CASE("a TRANSPOSE_CONV's output_shape agrees with filter and input", "[tflite]") {
  TfliteModel model;
  const auto x = model.input("x", {1, 4, 4, 2});
  const auto filter = model.zeros("filter", {3, 2, 2, 2});
  const auto shape = model.integers("shape", {1, 8, 8, 4});
  const auto y = model.tensor("y", {1, 8, 8, 4});
  model.op(BuiltinOperator::TRANSPOSE_CONV, {shape, filter, x}, {y},
           schema::TransposeConvOptionsT{});
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (TRANSPOSE_CONV): output_shape: "
        "expected batch 1 and channels 3, got 1x8x8x4");
}

TEST_CASE("FULLY_CONNECTED keeps dimensions or makes rows of its input", "[tflite]") {
  CHECK(fully_connected({2, 4}, {2, 3}, false).nodes() ==
        "fully_connected(%0, const 1 3x4, const 2 3 [0, 0, 0])");
  CHECK(fully_connected({2, 2, 2}, {2, 3}, false).nodes() ==
        "reshape(%0) shape=2x4; fully_connected(%2, const 1 3x4, const 3 3 [0, 0, 0])");
  CHECK(fully_connected({5, 2, 4}, {5, 2, 3}, true).nodes() ==
        "fully_connected(%0, const 1 3x4, const 2 3 [0, 0, 0])");
  CHECK(fully_connected({2, 3}, {2, 3}, false).error() ==
        "invalid_model: tflite: operator 0 (FULLY_CONNECTED): expected an input of rows of 4, got "
        "2x3");
}

TEST_CASE("FULLY_CONNECTED with weights from a tensor is a product, a sum and an activation",
          "[tflite]") {
  TfliteModel model = fully_connected({2, 4}, {2, 3}, false);
  model.graph().inputs.push_back(1);
  model.at(1).buffer = 0;
  model.op(0).builtin_options.AsFullyConnectedOptions()->fused_activation_function =
      schema::ActivationFunctionType::RELU6;
  CHECK(model.nodes() == "matmul(%0, %1) transpose_b=true; activate(%2) activation.kind=relu6");
  model.op(0).inputs[2] = model.zeros("bias", {3});
  CHECK(model.nodes() ==
        "matmul(%0, %1) transpose_b=true; "
        "binary(%3, const 2 3 [0, 0, 0]) kind=add activation.kind=relu6");
}

TEST_CASE("shuffled weights are unsupported", "[tflite]") {
  TfliteModel model = fully_connected({2, 4}, {2, 3}, false);
  model.op(0).builtin_options.AsFullyConnectedOptions()->weights_format =
      schema::FullyConnectedOptionsWeightsFormat::SHUFFLED4x16INT8;
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (FULLY_CONNECTED) 'y': weights_format: "
        "expected 0 (DEFAULT), got 1");
}

TEST_CASE("BATCH_MATMUL keeps its flags", "[tflite]") {
  TfliteModel model;
  const auto a = model.input("a", {5, 2, 3});
  const auto b = model.input("b", {5, 4, 2});
  const auto y = model.tensor("y", {5, 3, 4});
  schema::BatchMatMulOptionsT options;
  options.adj_x = options.adj_y = true;
  model.op(BuiltinOperator::BATCH_MATMUL, {a, b}, {y}, options);
  model.output(y);
  CHECK(model.nodes() == "matmul(%0, %1) transpose_a=true transpose_b=true");
}

TEST_CASE("a convolution between blocks is one dilated convolution", "[tflite]") {
  CHECK(dilated({}, 6).nodes() ==
        "conv2d(%0, const 3 1x3x3x1, const 6 1 [0]) window.dilation_h=2 window.dilation_w=2 "
        "window.pad_top=2 window.pad_left=2 window.pad_bottom=2 window.pad_right=2");
  // SAME padding of a block is 2 cells of x.
  CHECK(dilated({.paddings = {0, 0, 0, 0}, .padding = Padding::SAME}, 6).nodes() ==
        dilated({}, 6).nodes());
  // Cells that are only there to fill blocks are cropped.
  CHECK(dilated({.paddings = {2, 4, 2, 4}, .crops = {0, 2, 0, 2}}, 6).nodes() ==
        dilated({}, 6).nodes());
}

TEST_CASE("a convolution between blocks has the operands of any other", "[tflite]") {
  TfliteModel model = dilated({}, 6);
  model.graph().operators[1]->inputs.pop_back();
  CHECK(model.error() ==
        "invalid_model: tflite: operator 1 (CONV_2D): expected 2 to 3 inputs, got 1");
  model = dilated({}, 6);
  model.graph().operators[2]->inputs[2] = -1;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 2 (BATCH_TO_SPACE_ND): input 2: expected "
        "a tensor, got none");
}

TEST_CASE("blocks that are no dilation are unsupported", "[tflite]") {
  const std::string prefix = "unsupported: tflite: operator 0 (SPACE_TO_BATCH_ND) 'dealt': ";
  const std::string others = prefix +
                             "expected blocks that amount to a dilation, got other "
                             "blocks, strides, dilations or crops";
  CHECK(dilated({.stride = 2}, 6).error() == others);
  CHECK(dilated({.last_block = {1, 1}}, 6).error() == others);
  CHECK(dilated({.crops = {4, 0, 0, 0}}, 6).error() == others);
  TfliteModel model = dilated({}, 6);
  model.graph().outputs.push_back(model.op(0).outputs[0]);
  CHECK(model.error() ==
        prefix + "expected a convolution and BATCH_TO_SPACE_ND behind it, got others");
  CHECK(dilated({.paddings = {2, 1, 2, 2}}, 6).error() ==
        "invalid_model: tflite: operator 0 (SPACE_TO_BATCH_ND): expected padded extents that are a "
        "multiple of block 2, got 9");
}

}  // namespace tilewright::importer
