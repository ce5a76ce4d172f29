// SPDX-License-Identifier: Apache-2.0
// Which ops each ONNX operator becomes.
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::onnx_writer {
namespace {

Shape output_shape(const graph::Graph& graph) {
  return graph.value(graph.outputs[0]).spec.shape;
}

std::string first_op(const Message& node, const Dims& x_dims) {
  return op_names(imported(one_node(node, x_dims)));
}

}  // namespace

TEST_CASE("a convolution stands between two transposes, with a filter o, kh, kw, i") {
  const Message conv =
      node("Conv", {"x", "w"}, {"y"},
           {attribute("pads", Dims{1, 0, 2, 3}), attribute("strides", Dims{2, 1})});
  const graph::Graph graph = imported(one_node(conv, {1, 2, 5, 4}, {counting("w", {1, 2, 1, 2})}));
  CHECK(op_names(graph) == "transpose, conv2d, transpose");
  const Window expected{
      .stride_h = 2, .stride_w = 1, .pad_top = 1, .pad_bottom = 2, .pad_right = 3};
  CHECK(only<Conv2d>(graph) == Conv2d{.window = expected});
  CHECK(output_shape(graph) == Shape{1, 1, 4, 6});
  CHECK(constants(graph) == std::vector<std::vector<double>>{{0, 2, 1, 3}, {0}});
  CHECK(graph.nodes[1].name == "n");
}

TEST_CASE("a convolution with one group a channel is depthwise, with a filter kh, kw, c") {
  const Message conv = node("Conv", {"x", "w", "b"}, {"y"}, {attribute("group", 2)});
  const graph::Graph graph = imported(
      one_node(conv, {1, 2, 3, 3}, {counting("w", {4, 1, 1, 2}), floats("b", {4}, {1, 2, 3, 4})}));
  CHECK(only<DepthwiseConv2d>(graph) == DepthwiseConv2d{});
  CHECK(constants(graph) ==
        std::vector<std::vector<double>>{{0, 2, 4, 6, 1, 3, 5, 7}, {1, 2, 3, 4}});
  CHECK(output_shape(graph) == Shape{1, 4, 3, 2});
}

TEST_CASE("other groups stay a grouped convolution") {
  const Message conv = node("Conv", {"x", "w"}, {"y"}, {attribute("group", 2)});
  const graph::Graph graph = imported(one_node(conv, {1, 4, 3, 3}, {counting("w", {6, 2, 1, 1})}));
  CHECK(only<Conv2d>(graph).groups == 2);
}

TEST_CASE("a convolution of a sequence is one of an image of one row") {
  const Message conv = node("Conv", {"x", "w"}, {"y"},
                            {attribute("kernel_shape", Dims{3}), attribute("strides", Dims{2}),
                             attribute("pads", Dims{1, 1})});
  const graph::Graph graph = imported(one_node(conv, {1, 2, 8}, {counting("w", {3, 2, 3})}));
  CHECK(op_names(graph) == "reshape, transpose, conv2d, transpose, reshape");
  CHECK(only<Conv2d>(graph).window == Window{.stride_w = 2, .pad_left = 1, .pad_right = 1});
  CHECK(output_shape(graph) == Shape{1, 3, 4});
}

TEST_CASE("auto_pad puts the odd cell where it says") {
  const auto window = [](const char* auto_pad) {
    const Message conv = node("Conv", {"x", "w"}, {"y"},
                              {attribute("auto_pad", auto_pad), attribute("strides", Dims{2, 2})});
    return only<Conv2d>(imported(one_node(conv, {1, 1, 6, 5}, {counting("w", {1, 1, 3, 3})})))
        .window;
  };
  const Window upper{.stride_h = 2, .stride_w = 2, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
  const Window lower{.stride_h = 2, .stride_w = 2, .pad_top = 1, .pad_left = 1, .pad_right = 1};
  CHECK(window("SAME_UPPER") == upper);
  CHECK(window("SAME_LOWER") == lower);
  CHECK(window("VALID") == Window{.stride_h = 2, .stride_w = 2});
}

TEST_CASE("a transposed convolution has a filter o, kh, kw, i and pads out of output_shape") {
  const Message conv =
      node("ConvTranspose", {"x", "w"}, {"y"},
           {attribute("strides", Dims{2, 2}), attribute("output_shape", Dims{4, 4})});
  const graph::Graph graph = imported(one_node(conv, {1, 2, 2, 2}, {counting("w", {2, 1, 3, 3})}));
  const Window expected{.stride_h = 2, .stride_w = 2, .pad_top = 1, .pad_left = 1};
  CHECK(only<ConvTranspose2d>(graph) == ConvTranspose2d{.window = expected});
  CHECK(output_shape(graph) == Shape{1, 1, 4, 4});
  const Message padded =
      node("ConvTranspose", {"x", "w"}, {"y"},
           {attribute("strides", Dims{2, 2}), attribute("pads", Dims{1, 1, 1, 1}),
            attribute("output_padding", Dims{1, 0})});
  CHECK(output_shape(imported(one_node(padded, {1, 2, 2, 2}, {counting("w", {2, 1, 3, 3})}))) ==
        Shape{1, 1, 4, 3});
}

TEST_CASE("ceil_mode pads the end of a pool, unless the window would begin there") {
  const auto pool = [](std::int64_t extent, int stride) {
    const Message max_pool =
        node("MaxPool", {"x"}, {"y"},
             {attribute("kernel_shape", Dims{2, 2}), attribute("strides", Dims{stride, stride}),
              attribute("pads", Dims{0, 0, 1, 1}), attribute("ceil_mode", 1)});
    return output_shape(imported(one_node(max_pool, {1, 1, extent, extent})));
  };
  CHECK(pool(4, 2) == Shape{1, 1, 2, 2});
  CHECK(pool(4, 3) == Shape{1, 1, 2, 2});
  CHECK(pool(5, 2) == Shape{1, 1, 3, 3});
}

TEST_CASE("pools keep their divisor") {
  const auto pool = [](const std::vector<Message>& attributes) {
    std::vector<Message> all = attributes;
    all.push_back(attribute("kernel_shape", Dims{2, 3}));
    return only<Pool2d>(imported(one_node(node("AveragePool", {"x"}, {"y"}, all), {1, 1, 4, 4})));
  };
  CHECK(pool({}) == Pool2d{.kind = PoolKind::Average, .kernel_h = 2, .kernel_w = 3});
  CHECK(pool({attribute("count_include_pad", 1)}).count_include_pad);
}

TEST_CASE("a global pool is a reduction of rows and columns") {
  const graph::Graph graph =
      imported(one_node(node("GlobalAveragePool", {"x"}, {"y"}), {1, 3, 4, 5}));
  CHECK(op_names(graph) == "transpose, reduce, transpose");
  CHECK(only<Reduce>(graph) == Reduce{.kind = ReduceKind::Mean, .axes = 0b110, .keep_dims = true});
  CHECK(output_shape(graph) == Shape{1, 3, 1, 1});
}

TEST_CASE("Gemm with constant weights is a layer with n, k weights, scaled by alpha and beta") {
  const Message gemm =
      node("Gemm", {"x", "w", "b"}, {"y"}, {attribute("alpha", 2.0F), attribute("beta", 3.0F)});
  const graph::Graph graph =
      imported(one_node(gemm, {4, 3}, {counting("w", {3, 2}), floats("b", {1, 2}, {10, 20})}));
  CHECK(op_names(graph) == "fully_connected");
  CHECK(constants(graph) == std::vector<std::vector<double>>{{0, 4, 8, 2, 6, 10}, {30, 60}});
}

TEST_CASE("Gemm repeats a bias of one element, and adds what is no bias") {
  const Message gemm = node("Gemm", {"x", "w", "b"}, {"y"}, {attribute("transB", 1)});
  const graph::Graph repeated =
      imported(one_node(gemm, {1, 3}, {counting("w", {2, 3}), floats("b", {}, {5})}));
  CHECK(constants(repeated)[1] == std::vector<double>{5, 5});
  const graph::Graph added =
      imported(one_node(gemm, {2, 3}, {counting("w", {2, 3}), floats("b", {2, 1}, {5, 6})}));
  CHECK(op_names(added) == "fully_connected, binary");
  CHECK(constants(added)[1] == std::vector<double>{0, 0});
}

TEST_CASE("Gemm and MatMul of two computed matrices are products") {
  const Message gemm = node("Gemm", {"x", "x"}, {"y"}, {attribute("transA", 1)});
  CHECK(only<MatMul>(imported(one_node(gemm, {3, 3}))) == MatMul{.transpose_a = true});
  CHECK(first_op(node("MatMul", {"x", "x"}, {"y"}), {2, 3, 3}) == "matmul");
}

TEST_CASE("MatMul takes vectors on either side") {
  const Message product = node("MatMul", {"x", "w"}, {"y"});
  CHECK(output_shape(imported(one_node(product, {3}, {counting("w", {3, 2})}))) == Shape{2});
  CHECK(output_shape(imported(one_node(product, {4, 3}, {counting("w", {3})}))) == Shape{4});
  CHECK(output_shape(imported(one_node(product, {5, 4, 3}, {counting("w", {3, 2})}))) ==
        Shape{5, 4, 2});
}

TEST_CASE("Clip is the activation of its bounds, given as operands or as attributes") {
  const auto clip = [](const Message& clip_node, const std::vector<Message>& bounds) {
    return only<Activate>(imported(one_node(clip_node, {2}, bounds))).activation;
  };
  const Message zero = floats("low", {}, {0});
  CHECK(clip(node("Clip", {"x", "low", "high"}, {"y"}), {zero, floats("high", {}, {6})}) ==
        Activation{.kind = ActivationKind::Relu6});
  CHECK(clip(node("Clip", {"x", "low"}, {"y"}), {zero}) ==
        Activation{.kind = ActivationKind::Relu});
  CHECK(clip(node("Clip", {"x"}, {"y"}, {attribute("min", -1.0F), attribute("max", 2.0F)}), {}) ==
        Activation{.kind = ActivationKind::Clamp, .alpha = -1, .beta = 2});
  const Activation below = clip(node("Clip", {"x", "", "high"}, {"y"}), {floats("high", {}, {2})});
  CHECK(below.alpha == -std::numeric_limits<float>::infinity());
  CHECK(first_op(node("Clip", {"x", "x", "x"}, {"y"}), {1}) == "binary, binary");
}

TEST_CASE("activations carry ONNX's defaults") {
  const auto activation = [](const Message& item) {
    return only<Activate>(imported(one_node(item, {2}))).activation;
  };
  CHECK(activation(node("LeakyRelu", {"x"}, {"y"})) ==
        Activation{.kind = ActivationKind::LeakyRelu, .alpha = 0.01F});
  CHECK(activation(node("HardSigmoid", {"x"}, {"y"})) ==
        Activation{.kind = ActivationKind::HardSigmoid, .alpha = 0.2F, .beta = 0.5F});
  CHECK(activation(node("HardSwish", {"x"}, {"y"})).kind == ActivationKind::HardSwish);
}

TEST_CASE("Softmax flattens before operator set 13 where that matters") {
  const Message softmax = node("Softmax", {"x"}, {"y"}, {attribute("axis", 1)});
  const graph::Graph flat = imported(one_node(softmax, {2, 3, 4}, {}, 11));
  CHECK(op_names(flat) == "reshape, softmax, reshape");
  CHECK(flat.value(flat.nodes[0].output).spec.shape == Shape{2, 12});
  const graph::Graph last = imported(one_node(softmax, {2, 3, 1, 1}, {}, 11));
  CHECK(only<Softmax>(last).axis == 1);
  CHECK(only<Softmax>(imported(one_node(softmax, {2, 3, 4}))).axis == 1);
  const Message plain = node("Softmax", {"x"}, {"y"});
  CHECK(only<Softmax>(imported(one_node(plain, {2, 3, 4}))).axis == 2);
}

TEST_CASE("a sum of many is a chain, of one it is nothing") {
  CHECK(first_op(node("Sum", {"x", "x", "x"}, {"y"}), {2}) == "binary, binary");
  CHECK(first_op(node("Max", {"x"}, {"y"}), {2}) == "reshape");
  CHECK(first_op(node("Mean", {"x", "x"}, {"y"}), {2}) == "binary, binary");
}

TEST_CASE("powers of 2 and one half are cheaper ops") {
  const auto power = [](float exponent) {
    return imported(one_node(node("Pow", {"x", "e"}, {"y"}), {2}, {floats("e", {}, {exponent})}));
  };
  CHECK(only<Unary>(power(2)).kind == UnaryKind::Square);
  CHECK(only<Unary>(power(0.5F)).kind == UnaryKind::Sqrt);
  CHECK(only<Binary>(power(3)).kind == BinaryKind::Pow);
}

TEST_CASE("PRelu with one slope is a leaky relu, with more it is a sum") {
  const Message prelu = node("PRelu", {"x", "s"}, {"y"});
  CHECK(only<Activate>(imported(one_node(prelu, {1, 2, 2, 2}, {floats("s", {1}, {0.25F})})))
            .activation == Activation{.kind = ActivationKind::LeakyRelu, .alpha = 0.25F});
  CHECK(op_names(imported(one_node(prelu, {1, 2, 2, 2}, {counting("s", {2, 1, 1})}))) ==
        "activate, binary, binary, binary");
}

TEST_CASE("batch normalisation is a product and a sum with constants a channel") {
  const Message norm =
      node("BatchNormalization", {"x", "s", "b", "m", "v"}, {"y"}, {attribute("epsilon", 1.0F)});
  const graph::Graph graph =
      imported(one_node(norm, {1, 2, 3, 3},
                        {floats("s", {2}, {1, 4}), floats("b", {2}, {5, 6}),
                         floats("m", {2}, {2, 1}), floats("v", {2}, {0, 3})}));
  CHECK(op_names(graph) == "transpose, binary, binary, transpose");
  CHECK(constants(graph) == std::vector<std::vector<double>>{{1, 2}, {3, 4}});
}

TEST_CASE("local response normalisation divides alpha by its size") {
  const Message norm = node("LRN", {"x"}, {"y"}, {attribute("size", 4), attribute("alpha", 2.0F)});
  const auto op = only<LocalResponseNorm>(imported(one_node(norm, {1, 2, 3, 3})));
  CHECK(op == LocalResponseNorm{.size = 4, .alpha = 0.5F, .beta = 0.75F, .bias = 1});
}

TEST_CASE("reductions take axes as operand and as attribute") {
  const Message by_operand = node("ReduceSum", {"x", "a"}, {"y"}, {attribute("keepdims", 0)});
  CHECK(only<Reduce>(imported(one_node(by_operand, {2, 3, 4}, {integers("a", {1}, {-1})}))) ==
        Reduce{.kind = ReduceKind::Sum, .axes = 0b100, .keep_dims = false});
  const Message by_attribute = node("ReduceMax", {"x"}, {"y"}, {attribute("axes", Dims{0, 2})});
  CHECK(only<Reduce>(imported(one_node(by_attribute, {2, 3, 4}))) ==
        Reduce{.kind = ReduceKind::Max, .axes = 0b101, .keep_dims = true});
  CHECK(only<Reduce>(imported(one_node(node("ReduceProd", {"x"}, {"y"}), {2, 3}))).axes == 0b11);
  const Message noop = node("ReduceMean", {"x"}, {"y"}, {attribute("noop_with_empty_axes", 1)});
  CHECK(op_names(imported(one_node(noop, {2, 3}, {}, 18))) == "reshape");
}

TEST_CASE("Split is a slice an output") {
  File file = one_node(node("Split", {"x", "s"}, {"y", "z"}, {attribute("axis", -1)}), {2, 5},
                       {integers("s", {2}, {2, 3})});
  file.outputs.push_back(value("z", {2, 3}));
  const graph::Graph graph = imported(file);
  REQUIRE(op_names(graph) == "slice, slice");
  CHECK(std::get<Slice>(graph.nodes[1].op) ==
        Slice{.begin = {0, 2}, .size = {2, 3}, .step = {1, 1}});
  CHECK(graph.value(graph.outputs[1]).spec.name == "z");
  const Message uneven = node("Split", {"x"}, {"y", "z", "u"}, {attribute("num_outputs", 3)});
  CHECK(output_shape(imported(one_node(uneven, {5}, {}, 18))) == Shape{2});
}

TEST_CASE("Slice counts from the end, clamps, and goes backwards") {
  const auto slice = [](const Dims& start, const Dims& end, const Dims& step) {
    const Message item = node("Slice", {"x", "b", "e", "a", "s"}, {"y"});
    return imported(one_node(item, {10},
                             {integers("b", {1}, start), integers("e", {1}, end),
                              integers("a", {1}, {0}), integers("s", {1}, step)}));
  };
  CHECK(only<Slice>(slice({-3}, {std::numeric_limits<std::int64_t>::max()}, {1})) ==
        Slice{.begin = {7}, .size = {3}, .step = {1}});
  CHECK(only<Slice>(slice({1}, {8}, {3})) == Slice{.begin = {1}, .size = {3}, .step = {3}});
  CHECK(only<Slice>(slice({-1}, {std::numeric_limits<std::int64_t>::min()}, {-4})) ==
        Slice{.begin = {9}, .size = {3}, .step = {-4}});
  CHECK(output_shape(slice({5}, {5}, {1})) == Shape{0});
  CHECK(output_shape(slice({100}, {-100}, {std::numeric_limits<std::int64_t>::min()})) == Shape{1});
  const Message old =
      node("Slice", {"x"}, {"y"},
           {attribute("axes", Dims{1}), attribute("starts", Dims{1}), attribute("ends", Dims{3})});
  CHECK(only<Slice>(imported(one_node(old, {4, 5}, {}, 9))) ==
        Slice{.begin = {0, 1}, .size = {4, 2}, .step = {1, 1}});
}

TEST_CASE("Pad takes its pads from operands or attributes, for some dimensions or all") {
  const Message by_operand = node("Pad", {"x", "p", "v"}, {"y"});
  CHECK(only<Pad>(imported(one_node(by_operand, {2, 3},
                                    {integers("p", {4}, {0, 1, 2, 3}), floats("v", {}, {7})}))) ==
        Pad{.mode = PadMode::Constant, .before = {0, 1}, .after = {2, 3}, .value = 7});
  const Message by_axes = node("Pad", {"x", "p", "", "a"}, {"y"}, {attribute("mode", "edge")});
  CHECK(only<Pad>(imported(one_node(by_axes, {2, 3},
                                    {integers("p", {2}, {1, 2}), integers("a", {1}, {-1})}, 18))) ==
        Pad{.mode = PadMode::Edge, .before = {0, 1}, .after = {0, 2}});
  const Message old =
      node("Pad", {"x"}, {"y"}, {attribute("pads", Dims{1, 1}), attribute("mode", "reflect")});
  CHECK(only<Pad>(imported(one_node(old, {3}, {}, 10))).mode == PadMode::Reflect);
}

TEST_CASE("shapes are reshapes: Flatten, Squeeze, Unsqueeze, Reshape with 0 and -1") {
  CHECK(output_shape(imported(one_node(node("Flatten", {"x"}, {"y"}, {attribute("axis", 2)}),
                                       {2, 3, 4, 5}))) == Shape{6, 20});
  CHECK(output_shape(imported(one_node(node("Squeeze", {"x"}, {"y"}), {1, 3, 1}))) == Shape{3});
  CHECK(output_shape(imported(one_node(node("Squeeze", {"x", "a"}, {"y"}), {1, 3, 1},
                                       {integers("a", {1}, {-1})}))) == Shape{1, 3});
  CHECK(output_shape(imported(one_node(node("Unsqueeze", {"x", "a"}, {"y"}), {3},
                                       {integers("a", {2}, {0, -1})}))) == Shape{1, 3, 1});
  const Message reshape = node("Reshape", {"x", "s"}, {"y"});
  CHECK(output_shape(imported(one_node(reshape, {2, 3, 4}, {integers("s", {2}, {0, -1})}))) ==
        Shape{2, 12});
  const Message literal = node("Reshape", {"x", "s"}, {"y"}, {attribute("allowzero", 1)});
  const std::vector<InputShape> empty = {{.name = "x", .shape = {0, 3}}};
  CHECK(output_shape(imported(one_node(literal, {-1, 3}, {integers("s", {2}, {3, 0})}, 14),
                              empty)) == Shape{3, 0});
}

TEST_CASE("Expand broadcasts both ways") {
  const Message expand = node("Expand", {"x", "s"}, {"y"});
  CHECK(output_shape(imported(one_node(expand, {3, 1}, {integers("s", {3}, {2, 1, 4})}))) ==
        Shape{2, 3, 4});
}

TEST_CASE("Resize knows scales, sizes and ONNX's coordinates") {
  const Message by_scales = node("Resize", {"x", "", "s"}, {"y"},
                                 {attribute("mode", "nearest"), attribute("nearest_mode", "floor"),
                                  attribute("coordinate_transformation_mode", "asymmetric")});
  const auto nearest = only<Resize2d>(
      imported(one_node(by_scales, {1, 1, 3, 3}, {floats("s", {4}, {1, 1, 2, 1.5F})})));
  CHECK(nearest == Resize2d{.mode = ResizeMode::Nearest,
                            .coordinates = ResizeCoordinates::Asymmetric,
                            .rounding = ResizeRounding::Floor,
                            .out_h = 6,
                            .out_w = 4,
                            .scale_h = 0,
                            .scale_w = 1.5F});
  const Message by_sizes = node("Resize", {"x", "", "", "s"}, {"y"}, {attribute("mode", "linear")});
  const auto linear = only<Resize2d>(
      imported(one_node(by_sizes, {1, 2, 3, 3}, {integers("s", {4}, {1, 2, 5, 7})})));
  CHECK(linear.coordinates == ResizeCoordinates::HalfPixel);
  CHECK(linear.out_w == 7);
  const Message upsample = node("Upsample", {"x", "s"}, {"y"});
  const auto old = only<Resize2d>(
      imported(one_node(upsample, {1, 1, 3, 3}, {floats("s", {4}, {1, 1, 2, 2})}, 9)));
  CHECK(old.coordinates == ResizeCoordinates::Asymmetric);
  CHECK(old.rounding == ResizeRounding::Floor);
}

TEST_CASE("DepthToSpace keeps its order of channels") {
  const auto order = [](const char* mode) {
    const Message item =
        node("DepthToSpace", {"x"}, {"y"}, {attribute("blocksize", 2), attribute("mode", mode)});
    return only<DepthToSpace>(imported(one_node(item, {1, 8, 2, 2}))).order;
  };
  CHECK(order("DCR") == DepthOrder::BlockFirst);
  CHECK(order("CRD") == DepthOrder::ChannelFirst);
  const Message back = node("SpaceToDepth", {"x"}, {"y"}, {attribute("blocksize", 2)});
  CHECK(output_shape(imported(one_node(back, {1, 2, 4, 4}))) == Shape{1, 8, 2, 2});
}

TEST_CASE("Dropout is nothing at inference") {
  CHECK(first_op(node("Dropout", {"x"}, {"y", "mask"}), {2}) == "reshape");
}

}  // namespace tilewright::onnx_writer
