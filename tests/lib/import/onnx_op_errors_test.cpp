// SPDX-License-Identifier: Apache-2.0
// What operators refuse: broken use (invalid_model), and what Tilewright lacks (unsupported).
#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::onnx_writer {
namespace {

/// The message without "onnx: node 'n' (Op): ".
std::string node_error(const File& file) {
  const std::string error = import_error(file);
  const std::size_t begin = error.find("): ");
  if (begin == std::string::npos) return error;
  return error.substr(0, error.find(':')) + ": " + error.substr(begin + 3);
}

std::string error_of(const Message& item, const Dims& x_dims,
                     const std::vector<Message>& initializers = {}, int opset = 13) {
  return node_error(one_node(item, x_dims, initializers, opset));
}

std::string conv_error(const std::vector<Message>& attributes, const Dims& filter = {6, 1, 3, 3}) {
  return error_of(node("Conv", {"x", "w"}, {"y"}, attributes), {1, 4, 8, 8},
                  {counting("w", filter)});
}

std::string resize_error(const std::vector<Message>& attributes,
                         const std::vector<float>& scales = {1, 1, 2, 2}) {
  const auto count = static_cast<std::int64_t>(scales.size());
  return error_of(node("Resize", {"x", "", "s"}, {"y"}, attributes), {1, 2, 3, 3},
                  {floats("s", {count}, scales)}, 18);
}

}  // namespace

TEST_CASE("Conv refuses channels, kernels and windows that do not fit") {
  CHECK(conv_error({attribute("group", 3)}) ==
        "invalid_model: attribute 'group': expected a divisor of 4 input and 6 output channels, "
        "got 3");
  CHECK(conv_error({attribute("group", 0)}) ==
        "invalid_model: attribute 'group': expected a divisor of 4 input and 6 output channels, "
        "got 0");
  CHECK(conv_error({}) ==
        "invalid_model: input 'W': expected 4 channels a group, got shape 6x1x3x3");
  CHECK(conv_error({}, {6, 4, 3}) ==
        "invalid_model: input 'W': expected 4 dimensions, got shape 6x4x3");
  CHECK(conv_error({}, {6, 4, 0, 3}) ==
        "invalid_model: input 'W': expected a kernel of at least 1x1, got shape 6x4x0x3");
  CHECK(conv_error({attribute("kernel_shape", Dims{5, 5})}, {6, 4, 3, 3}) ==
        "invalid_model: attribute 'kernel_shape': expected that of the filter, 3x3, got 5x5");
  CHECK(conv_error({attribute("strides", Dims{0, 1})}, {6, 4, 3, 3}) ==
        "invalid_model: attribute 'strides': expected numbers of at least 1 and 32 bits, got 0");
  CHECK(conv_error({attribute("pads", Dims{1, 1})}, {6, 4, 3, 3}) ==
        "invalid_model: attribute 'pads': expected 4 numbers, got 2");
  CHECK(conv_error({attribute("auto_pad", "SAME")}, {6, 4, 3, 3}) ==
        "invalid_model: attribute 'auto_pad': expected NOTSET, VALID, SAME_UPPER or SAME_LOWER, "
        "got 'SAME'");
  CHECK(conv_error({attribute("dilations", Dims{9, 9})}, {6, 4, 3, 3})
            .starts_with("invalid_model: conv2d: expected "));
}

TEST_CASE("Conv refuses filters and biases that are computed, and volumes") {
  CHECK(error_of(node("Conv", {"x", "x"}, {"y"}), {1, 1, 8, 8}) ==
        "unsupported: input 'W': expected a constant, got a value computed at run time");
  CHECK(error_of(node("Conv", {"x", "w"}, {"y"}), {1, 1, 8, 8, 8},
                 {counting("w", {1, 1, 1, 1, 1})}) ==
        "unsupported: expected 1 or 2 spatial dimensions, got shape 1x1x8x8x8");
  CHECK(error_of(node("Conv", {"x", "w"}, {"y"}), {1, 1}, {counting("w", {1, 1})}) ==
        "invalid_model: expected 1 or 2 spatial dimensions, got shape 1x1");
  CHECK(error_of(node("Conv", {"x", "w", "b"}, {"y"}), {1, 1, 8, 8},
                 {counting("w", {2, 1, 1, 1}), counting("b", {3})}) ==
        "invalid_model: input 'B': expected shape 2, got 3");
}

TEST_CASE("ConvTranspose refuses groups and larger outputs than it makes") {
  const auto error = [](const std::vector<Message>& attributes, const Dims& filter) {
    return error_of(node("ConvTranspose", {"x", "w"}, {"y"}, attributes), {1, 2, 3, 3},
                    {counting("w", filter)});
  };
  CHECK(error({attribute("group", 2)}, {2, 1, 2, 2}) ==
        "unsupported: attribute 'group': expected 1, got 2");
  CHECK(error({}, {3, 1, 2, 2}) ==
        "invalid_model: input 'W': expected 2 input channels, got shape 3x1x2x2");
  CHECK(error({attribute("output_shape", Dims{9, 9})}, {2, 1, 2, 2}) ==
        "unsupported: attribute 'output_shape': expected extents of at most 4, got 9");
  CHECK(error({attribute("output_shape", Dims{9})}, {2, 1, 2, 2}) ==
        "invalid_model: attribute 'output_shape': expected 2 numbers, got 1");
  CHECK(error({attribute("output_padding", Dims{1})}, {2, 1, 2, 2}) ==
        "invalid_model: attribute 'output_padding': expected 2 numbers, got 1");
  CHECK(error({attribute("output_padding", Dims{-1, 0})}, {2, 1, 2, 2}) ==
        "invalid_model: attribute 'output_padding': expected numbers of at least 0 and 32 bits, "
        "got -1");
}

TEST_CASE("pools refuse dilation, and a divisor that ONNX counts otherwise") {
  const Message kernel = attribute("kernel_shape", Dims{2, 2});
  CHECK(error_of(node("MaxPool", {"x"}, {"y"}, {kernel, attribute("dilations", Dims{2, 2})}),
                 {1, 1, 4, 4}) == "unsupported: attribute 'dilations': expected 1, got 2x2");
  CHECK(error_of(node("MaxPool", {"x"}, {"y"}), {1, 1, 4, 4}) ==
        "invalid_model: attribute 'kernel_shape': expected a list, got none");
  CHECK(error_of(node("AveragePool", {"x"}, {"y"},
                      {kernel, attribute("strides", Dims{2, 2}), attribute("ceil_mode", 1),
                       attribute("count_include_pad", 1)}),
                 {1, 1, 5, 5}) ==
        "unsupported: attribute 'ceil_mode': expected 0 with count_include_pad, got 1");
  CHECK(error_of(node("GlobalAveragePool", {"x"}, {"y"}), {1, 2}) ==
        "invalid_model: expected at least 1 spatial dimension, got shape 1x2");
  File file = one_node(node("MaxPool", {"x"}, {"y", "i"}, {kernel}), {1, 1, 4, 4});
  file.outputs.push_back(value("i", {}));
  CHECK(node_error(file) == "unsupported: output 1: expected it unused, got 'i' in use");
}

TEST_CASE("products refuse matrices that do not meet") {
  CHECK(error_of(node("MatMul", {"x", "w"}, {"y"}), {2, 5}, {counting("w", {3, 4})}) ==
        "invalid_model: expected matrices that share an extent, got 2x5 and 3x4");
  CHECK(error_of(node("MatMul", {"x", "w"}, {"y"}), {2, 5}, {counting("w", {})}) ==
        "invalid_model: expected operands of at least 1 dimension, got 2x5 and scalar");
  CHECK(error_of(node("Gemm", {"x", "w"}, {"y"}), {2, 5}, {counting("w", {3, 4})}) ==
        "invalid_model: expected matrices that share an extent, got 2x5 and 3x4");
  CHECK(error_of(node("Gemm", {"x", "w"}, {"y"}), {2, 5, 1}, {counting("w", {3, 4})}) ==
        "invalid_model: expected two matrices, got 2x5x1 and 3x4");
}

TEST_CASE("elementwise operators refuse shapes that do not broadcast") {
  CHECK(error_of(node("Add", {"x", "w"}, {"y"}), {3, 1}, {counting("w", {2, 2})})
            .starts_with("invalid_model: binary: expected "));
  CHECK(error_of(node("Cast", {"x"}, {"y"}, {attribute("to", 16)}), {3}) ==
        "unsupported: attribute 'to': expected an element type Tilewright has, got bfloat16");
  CHECK(error_of(node("Clip", {"x", "w"}, {"y"}), {3}, {counting("w", {3})}) ==
        "invalid_model: input 'min': expected a scalar, got shape 3");
  CHECK(error_of(node("Softmax", {"x"}, {"y"}, {attribute("axis", 2)}), {3, 4}) ==
        "invalid_model: expected an axis from -2 to 1, got 2");
  CHECK(error_of(node("ReduceMean", {"x"}, {"y"}, {attribute("axes", Dims{0, -2})}), {3, 4}) ==
        "invalid_model: 'axes': expected different dimensions, got -2 again");
}

TEST_CASE("normalisations refuse channels that do not fit, and training") {
  const auto norm = [](std::int64_t count, const std::vector<Message>& attributes) {
    return error_of(node("BatchNormalization", {"x", "a", "b", "c", "d"}, {"y"}, attributes),
                    {1, 2, 3, 3},
                    {counting("a", {count}), counting("b", {count}), counting("c", {count}),
                     counting("d", {count})},
                    14);
  };
  CHECK(norm(3, {}) == "invalid_model: input 'scale': expected shape 2, got 3");
  CHECK(norm(2, {attribute("training_mode", 1)}) ==
        "unsupported: attribute 'training_mode': expected 0, got 1");
  CHECK(norm(2, {attribute("spatial", 0)}) ==
        "unsupported: attribute 'spatial': expected 1, got 0");
  CHECK(error_of(node("BatchNormalization", {"x", "x", "x", "x", "x"}, {"y"}), {2}) ==
        "invalid_model: expected channels as dimension 1, got shape 2");
  CHECK(error_of(node("LRN", {"x"}, {"y"}), {1, 2, 3, 3}) ==
        "invalid_model: attribute 'size': expected at least 1, got 0");
  CHECK(error_of(node("LRN", {"x"}, {"y"}, {attribute("size", 3)}), {2}) ==
        "invalid_model: expected channels as dimension 1, got shape 2");
  CHECK(error_of(node("Dropout", {"x", "", "t"}, {"y"}), {2}, {raw_tensor("t", {}, 9, "\1")}) ==
        "unsupported: input 'training_mode': expected false, got true");
}

TEST_CASE("Reshape refuses shapes that do not hold the elements") {
  const auto error = [](const Dims& shape) {
    return error_of(node("Reshape", {"x", "s"}, {"y"}), {2, 3},
                    {integers("s", {static_cast<std::int64_t>(shape.size())}, shape)});
  };
  CHECK(error({-1, -1, 1}) ==
        "invalid_model: 'shape': expected at most one -1 and no other negative extent, got "
        "[-1, -1, 1]");
  CHECK(error({-2}) ==
        "invalid_model: 'shape': expected at most one -1 and no other negative extent, got [-2]");
  CHECK(error({4, -1}) ==
        "invalid_model: 'shape': expected extents that divide 6 elements, got [4, -1]");
  CHECK(error({1, 1, 0}) ==
        "invalid_model: 'shape': expected 0 only where x has a dimension, got [1, 1, 0] for 2x3");
  CHECK(error({5}).starts_with("invalid_model: reshape: expected "));
  CHECK(error(Dims(9, 1)) == "unsupported: expected at most 8 dimensions, got 9");
  const std::int64_t huge = std::int64_t{1} << 39;
  CHECK(error({huge, huge, -1}).starts_with("invalid_model: shape: expected at most"));
  CHECK(error_of(node("Reshape", {"x", "x"}, {"y"}), {2}) ==
        "unsupported: input 'shape': expected a constant, got a value computed at run time");
  CHECK(error_of(node("Reshape", {"x", "s"}, {"y"}), {2}, {counting("s", {2})}) ==
        "invalid_model: input 'shape': expected a list of integers, got float32 2");
}

TEST_CASE("Squeeze, Unsqueeze, Flatten and Transpose refuse dimensions that are not there") {
  const auto axes = [](const char* op_type, const Dims& list) {
    return error_of(node(op_type, {"x", "a"}, {"y"}), {1, 3},
                    {integers("a", {static_cast<std::int64_t>(list.size())}, list)});
  };
  CHECK(axes("Squeeze", {1}) ==
        "invalid_model: 'axes': expected dimensions of extent 1, got 1 of 1x3");
  CHECK(axes("Squeeze", {2}) == "invalid_model: expected an axis from -2 to 1, got 2");
  CHECK(axes("Squeeze", {0, -2}) ==
        "invalid_model: 'axes': expected different dimensions, got [0, -2]");
  CHECK(axes("Unsqueeze", {5}) == "invalid_model: expected an axis from -3 to 2, got 5");
  CHECK(axes("Unsqueeze", Dims(7, 0)) == "unsupported: expected at most 8 dimensions, got 9");
  CHECK(error_of(node("Unsqueeze", {"x"}, {"y"}), {1}) ==
        "invalid_model: 'axes': expected a list, got none");
  CHECK(error_of(node("Flatten", {"x"}, {"y"}, {attribute("axis", 3)}), {1, 3}) ==
        "invalid_model: attribute 'axis': expected -2 to 2, got 3");
  CHECK(error_of(node("Transpose", {"x"}, {"y"}, {attribute("perm", Dims{0})}), {1, 3}) ==
        "invalid_model: attribute 'perm': expected each of 2 dimensions once, got [0]");
}

TEST_CASE("Slice and Split refuse lists that do not fit") {
  const auto slice = [](const Dims& starts, const Dims& axes, const Dims& steps) {
    const auto list = [](const char* name, const Dims& numbers) {
      return integers(name, {static_cast<std::int64_t>(numbers.size())}, numbers);
    };
    return error_of(node("Slice", {"x", "b", "e", "a", "s"}, {"y"}), {4, 4},
                    {list("b", starts), list("e", {4, 4}), list("a", axes), list("s", steps)});
  };
  CHECK(slice({0}, {0, 1}, {1, 1}) ==
        "invalid_model: expected lists of one length, got 1 starts, 2 ends, 2 axes and 2 steps");
  CHECK(slice({0, 0}, {0, 0}, {1, 1}) ==
        "invalid_model: 'axes': expected different dimensions, got 0 again");
  CHECK(slice({0, 0}, {0, 1}, {1, 0}) ==
        "invalid_model: 'steps': expected numbers other than 0, got 0");
  CHECK(error_of(node("Slice", {"x"}, {"y"}), {4}) ==
        "invalid_model: 'starts': expected a list, got none");
  CHECK(error_of(node("Split", {"x"}, {"y", "z"}), {5}) ==
        "invalid_model: expected 2 equal parts of extent 5");
  CHECK(error_of(node("Split", {"x", "s"}, {"y", "z"}), {5}, {integers("s", {2}, {2, 2})}) ==
        "invalid_model: 'split': expected 2 sizes that add up to 5");
  CHECK(error_of(node("Split", {"x"}, {"y", "z"}, {attribute("num_outputs", 3)}), {4}, {}, 18) ==
        "invalid_model: attribute 'num_outputs': expected 2, got 3");
}

TEST_CASE("Concat, Gather and Pad refuse what does not fit") {
  CHECK(error_of(node("Concat", {"x", "x"}, {"y"}), {2}) ==
        "invalid_model: attribute 'axis': expected a number, got none");
  CHECK(error_of(node("Gather", {"x", "i"}, {"y"}), {2}, {integers("i", {1}, {2})}) ==
        "invalid_model: input 'indices': expected -2 to 1, got 2");
  const auto pad = [](const Dims& pads, const char* mode) {
    return error_of(node("Pad", {"x", "p"}, {"y"}, {attribute("mode", mode)}), {2},
                    {integers("p", {static_cast<std::int64_t>(pads.size())}, pads)});
  };
  CHECK(pad({1}, "constant") == "invalid_model: 'pads': expected 2 numbers, got 1");
  CHECK(pad({-1, 0}, "constant") ==
        "unsupported: attribute 'pads': expected numbers of at least 0, got -1");
  CHECK(pad({1, 0}, "wrap") ==
        "unsupported: attribute 'mode': expected constant, reflect or edge, got 'wrap'");
  CHECK(error_of(node("Pad", {"x", "p", "v"}, {"y"}), {2},
                 {integers("p", {2}, {1, 1}), counting("v", {2})}) ==
        "invalid_model: input 'constant_value': expected a scalar, got shape 2");
  CHECK(error_of(node("Pad", {"x", "p", "", "a"}, {"y"}), {2},
                 {integers("p", {4}, {1, 1, 1, 1}), integers("a", {2}, {0, 0})},
                 18) == "invalid_model: 'axes': expected different dimensions, got 0 again");
}

TEST_CASE("Resize refuses what Tilewright lacks by the attribute's name") {
  CHECK(resize_error({attribute("mode", "cubic")}) ==
        "unsupported: attribute 'mode': expected nearest or linear, got 'cubic'");
  CHECK(resize_error({attribute("coordinate_transformation_mode", "tf_crop_and_resize")})
            .starts_with("unsupported: attribute 'coordinate_transformation_mode': expected "));
  CHECK(resize_error({attribute("nearest_mode", "up")}) ==
        "unsupported: attribute 'nearest_mode': expected a known rounding, got 'up'");
  CHECK(resize_error({attribute("antialias", 1)}) ==
        "unsupported: attribute 'antialias': expected 0, got 1");
  CHECK(resize_error({attribute("axes", Dims{2, 3})}) ==
        "invalid_model: 'scales': expected 2 numbers, got 4");
  CHECK(resize_error({attribute("keep_aspect_ratio_policy", "not_larger")}) ==
        "unsupported: attribute 'keep_aspect_ratio_policy': expected stretch, got 'not_larger'");
  CHECK(resize_error({}, {1, 1, 2}) == "invalid_model: 'scales': expected 4 numbers, got 3");
  CHECK(resize_error({}, {1, 2, 2, 2}) ==
        "unsupported: 'scales': expected 1 for batch and channels, got others");
  CHECK(resize_error({}, {1, 1, -1, 2}) ==
        "invalid_model: expected output extents from 1 to 2147483647, got another");
  CHECK(error_of(node("Resize", {"x", "", "", "s"}, {"y"}), {1, 2, 3, 3},
                 {integers("s", {4}, {1, 3, 5, 5})}) ==
        "unsupported: 'sizes': expected batch and channels as they are, got others");
  CHECK(error_of(node("Resize", {"x", "", "", "s"}, {"y"}), {1, 2, 3, 3},
                 {integers("s", {2}, {5, 5})}) ==
        "invalid_model: 'sizes': expected 4 numbers, got 2");
  CHECK(error_of(node("Resize", {"x", "", "s"}, {"y"}), {1, 3}, {floats("s", {2}, {1, 2})}) ==
        "unsupported: expected an image of 4 dimensions, got shape 1x3");
  CHECK(error_of(node("DepthToSpace", {"x"}, {"y"}), {1, 4, 2, 2}) ==
        "invalid_model: attribute 'blocksize': expected at least 1, got 0");
  CHECK(
      error_of(
          node("DepthToSpace", {"x"}, {"y"}, {attribute("blocksize", 2), attribute("mode", "RCD")}),
          {1, 4, 2, 2}) == "invalid_model: attribute 'mode': expected DCR or CRD, got 'RCD'");
}

TEST_CASE("constants refuse what no tensor of ours can hold") {
  CHECK(error_of(node("Constant", {}, {"y"}), {1}) ==
        "invalid_model: expected one attribute, got 0");
  CHECK(error_of(
            node("Constant", {}, {"y"}, {tensor_attribute("value", raw_tensor("", {1}, 16, "ab"))}),
            {1}) == "unsupported: attribute 'value': expected a type Tilewright has, got bfloat16");
  CHECK(error_of(node("Constant", {}, {"y"}, {attribute("value", 1)}), {1}) ==
        "invalid_model: attribute 'value': expected a tensor, got another type");
  const auto of_shape = [](const Dims& dims, const std::vector<Message>& attributes) {
    return error_of(node("ConstantOfShape", {"s"}, {"y"}, attributes), {1},
                    {integers("s", {static_cast<std::int64_t>(dims.size())}, dims)});
  };
  CHECK(of_shape({1 << 20, 1 << 20}, {})
            .starts_with("resource_exhausted: expected constants of at most 10737"));
  CHECK(of_shape({-1}, {}).starts_with("invalid_model: shape: expected extents of at least 0"));
  CHECK(of_shape(Dims(9, 1), {}) == "unsupported: expected at most 8 dimensions, got 9");
  CHECK(of_shape({1}, {tensor_attribute("value", counting("", {2}))}) ==
        "invalid_model: attribute 'value': expected one element, got shape 2");
  CHECK(error_of(node("Range", {"a", "b", "c"}, {"y"}), {1},
                 {integers("a", {}, {0}), integers("b", {}, {9}), integers("c", {}, {0})})
            .starts_with("invalid_model: expected a range of at most"));
}

}  // namespace tilewright::onnx_writer
