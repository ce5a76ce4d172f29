// SPDX-License-Identifier: Apache-2.0
#include "kernels/op_rules.h"

#include <limits>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::kernels {
namespace {

TensorSpec floats(Shape shape) {
  return {.name = "named", .dtype = DType::Float32, .shape = shape, .quantization = {}};
}

TensorSpec typed(DType dtype, Shape shape) {
  return {.name = {}, .dtype = dtype, .shape = shape, .quantization = {}};
}

std::string refusal(const Op& op, const std::vector<TensorSpec>& src) {
  const auto result = infer_output(op, src);
  if (result) return "accepted: " + to_string(*result);
  CHECK(result.error().code == ErrorCode::InvalidArgument);
  return result.error().message;
}

std::string output(const Op& op, const std::vector<TensorSpec>& src) {
  const auto result = infer_output(op, src);
  if (!result) return result.error().message;
  CHECK(result->name.empty());
  CHECK(result->quantization == Quantization{});
  return to_string(*result);
}

constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kHuge64 = std::numeric_limits<std::int64_t>::max();

const std::vector<TensorSpec> kConv = {floats({2, 9, 7, 6}), floats({4, 3, 3, 3}), floats({4})};

}  // namespace

TEST_CASE("windowed ops infer the extents their formulas give", "[kernels]") {
  Window window{.stride_h = 2, .stride_w = 1, .dilation_h = 1, .dilation_w = 2};
  window.pad_top = window.pad_left = 1;
  CHECK(output(Conv2d{.window = window, .groups = 2}, kConv) == "float32 2x4x4x4");
  CHECK(output(DepthwiseConv2d{.window = window},
               {floats({1, 9, 7, 3}), floats({3, 3, 6}), floats({6})}) == "float32 1x4x4x6");
  CHECK(output(ConvTranspose2d{.window = window, .output_pad_h = 1},
               {floats({1, 5, 5, 3}), floats({2, 3, 3, 3}), floats({2})}) == "float32 1x11x8x2");
  CHECK(output(Pool2d{.kernel_h = 3, .kernel_w = 3, .window = {.stride_h = 2, .stride_w = 2}},
               {floats({1, 9, 8, 5})}) == "float32 1x4x3x5");
  CHECK(output(Resize2d{.out_h = 4, .out_w = 9}, {floats({1, 2, 3, 5})}) == "float32 1x4x9x5");
}

TEST_CASE("a convolution takes a residual of its output's shape", "[kernels]") {
  std::vector<TensorSpec> src = kConv;
  src.push_back(floats({2, 7, 5, 4}));
  CHECK(output(Conv2d{.groups = 2}, src) == "float32 2x7x5x4");
  src.back() = floats({2, 7, 5, 1});
  CHECK(refusal(Conv2d{.groups = 2}, src) ==
        "conv2d: expected residual of shape 2x7x5x4, got 2x7x5x1");
}

TEST_CASE("a convolution says which operand does not fit", "[kernels]") {
  CHECK(refusal(Conv2d{}, {kConv[0], kConv[1]}) == "conv2d: expected 3 inputs, got 2");
  CHECK(refusal(Conv2d{}, {floats({9, 7, 6}), kConv[1], kConv[2]}) ==
        "conv2d: expected input of rank 4, got 9x7x6");
  CHECK(refusal(Conv2d{}, kConv) == "conv2d: expected 6 filter channels, got 3");
  CHECK(refusal(Conv2d{.groups = 4}, kConv) ==
        "conv2d: expected input channels that 4 groups divide, got 6");
  CHECK(refusal(Conv2d{.groups = 3}, kConv) ==
        "conv2d: expected output channels that 3 groups divide, got 4");
  CHECK(refusal(Conv2d{.groups = 0}, kConv) == "conv2d: expected groups of at least 1, got 0");
  CHECK(refusal(Conv2d{.groups = 2}, {kConv[0], kConv[1], floats({3})}) ==
        "conv2d: expected 4 bias elements, got 3");
  CHECK(refusal(Conv2d{.window = {.stride_h = 0}, .groups = 2}, kConv) ==
        "conv2d: expected a stride over rows of at least 1, got 0");
  CHECK(refusal(Conv2d{.window = {.dilation_w = -1}, .groups = 2}, kConv) ==
        "conv2d: expected a dilation over columns of at least 1, got -1");
  CHECK(refusal(Conv2d{.window = {.pad_right = -1}, .groups = 2}, kConv) ==
        "conv2d: expected padding of columns of at least 0, got -1");
  CHECK(refusal(Conv2d{.window = {.dilation_h = 5}, .groups = 2}, kConv) ==
        "conv2d: expected a window of at most 9 padded rows, got 11");
  CHECK(refusal(Conv2d{.groups = 2}, {kConv[0], kConv[1], typed(DType::Float16, {4})}) ==
        "conv2d: expected bias of float32, got float16");
}

TEST_CASE("weights of integer inputs are 8-bit with wide biases", "[kernels]") {
  const auto src = [](DType x, DType filter, DType bias) {
    return std::vector{typed(x, {1, 8}), typed(filter, {4, 8}), typed(bias, {4})};
  };
  CHECK(output(FullyConnected{}, src(DType::UInt8, DType::Int8, DType::Int32)) == "uint8 1x4");
  CHECK(output(FullyConnected{}, src(DType::Int16, DType::Int8, DType::Int64)) == "int16 1x4");
  CHECK(refusal(FullyConnected{}, src(DType::Int8, DType::Int8, DType::Int64)) ==
        "fully_connected: expected bias of int32, got int64");
  CHECK(refusal(FullyConnected{}, src(DType::Int8, DType::Int32, DType::Int32)) ==
        "fully_connected: expected filter of int8 or uint8, got int32");
  CHECK(refusal(FullyConnected{}, src(DType::Int32, DType::Int8, DType::Int32)) ==
        "fully_connected: expected input of a floating point or quantised type, got int32");
}

TEST_CASE("other windowed ops refuse what no kernel could compute", "[kernels]") {
  CHECK(refusal(DepthwiseConv2d{}, {floats({1, 5, 5, 3}), floats({3, 3, 4}), floats({4})}) ==
        "depthwise_conv2d: expected output channels that are a multiple of 3, got 4");
  CHECK(refusal(ConvTranspose2d{.window = {.pad_top = 3}},
                {floats({1, 2, 2, 1}), floats({1, 1, 1, 1}), floats({1})}) ==
        "conv_transpose2d: expected output rows of at least 1, got -1");
  const Window padded{.pad_top = 2, .pad_left = 1};
  CHECK(refusal(Pool2d{.kernel_h = 2, .kernel_w = 2, .window = padded}, {floats({1, 5, 5, 1})}) ==
        "pool2d: expected a window that never lies in the padding alone, got 2 rows, dilation 1, "
        "padding 2");
  CHECK(refusal(Resize2d{}, {floats({1, 0, 2, 1})}) ==
        "resize2d: expected input rows of at least 1, got 0");
  CHECK(refusal(Resize2d{.scale_h = std::numeric_limits<float>::infinity()},
                {floats({1, 1, 2, 1})}) ==
        "resize2d: expected finite scales of at least 0, got inf");
}

TEST_CASE("sizes that overflow are refused, not computed", "[kernels]") {
  const std::int64_t half = kMaxElements / 2;
  CHECK(refusal(Activate{}, {floats({kMaxElements, 2})}).starts_with("activate: shape: expected"));
  CHECK(refusal(Conv2d{.window = {.dilation_h = kHuge}},
                {floats({1, 8, 8, 1}), floats({1, half, 1, 1}), floats({1})})
            .starts_with("conv2d: expected a kernel that reaches over at most"));
  CHECK(refusal(Conv2d{.groups = kHuge},
                {floats({1, 8, 8, 0}), floats({kHuge, 1, 1, 512}), floats({kHuge})}) ==
        "conv2d: expected 0 filter channels, got 512");
  CHECK(refusal(ConvTranspose2d{.window = {.stride_h = kHuge}},
                {floats({1, half, 1, 1}), floats({1, 1, 1, 1}), floats({1})})
            .starts_with("conv_transpose2d: expected at most"));
  CHECK(refusal(Concat{}, {floats({half + 1}), floats({half})}).starts_with("concat: expected"));
  CHECK(refusal(Pad{.before = {kHuge64}, .after = {kHuge64}}, {floats({1})})
            .starts_with("pad: expected padding of at most"));
  CHECK(refusal(DepthToSpace{.block = kHuge}, {floats({1, 8, 8, 0})}) !=
        "accepted: float32 1x17179869176x17179869176x0");
  CHECK(refusal(SpaceToDepth{.block = kHuge}, {floats({1, 0, 0, 9})}) ==
        "space_to_depth: expected at most 1099511627776 elements, got more");
  CHECK(refusal(MatMul{}, {floats({1 << 20, 1, 2}), floats({1, 2, 1 << 21})})
            .starts_with("matmul: shape: expected at most"));
  CHECK(refusal(Broadcast{.shape = {kHuge64, 2}}, {floats({1})}).starts_with("broadcast: shape:"));
}

TEST_CASE("elementwise ops broadcast as NumPy does", "[kernels]") {
  CHECK(output(Binary{}, {floats({3, 1, 5}), floats({4, 1})}) == "float32 3x4x5");
  CHECK(output(Binary{}, {floats({}), floats({0, 2})}) == "float32 0x2");
  CHECK(refusal(Binary{}, {floats({3}), floats({4})}) ==
        "binary: expected shapes that broadcast, got 3 and 4");
  CHECK(refusal(Binary{}, {floats({3}), typed(DType::Int32, {3})}) ==
        "binary: expected second input of float32, got int32");
  CHECK(output(Unary{}, {floats({3})}) == "float32 3");
  CHECK(output(Cast{.dtype = DType::Int8}, {floats({3})}) == "int8 3");
  CHECK(refusal(Activate{}, {}) == "activate: expected 1 input, got 0");
}

TEST_CASE("ops along axes check the axes", "[kernels]") {
  CHECK(output(Reduce{.axes = 0b101}, {floats({2, 3, 4})}) == "float32 1x3x1");
  CHECK(output(Reduce{.axes = 0b111, .keep_dims = false}, {floats({2, 3, 4})}) == "float32 scalar");
  CHECK(refusal(Reduce{.axes = 0b1000}, {floats({2, 3, 4})}) ==
        "reduce: expected axes below 3, got the bits 8");
  CHECK(refusal(Reduce{.kind = ReduceKind::Max, .axes = 1}, {floats({0, 3})}) ==
        "reduce: expected at least 1 element to reduce, got 0x3");
  CHECK(refusal(Softmax{.axis = -1}, {floats({3})}) ==
        "softmax: expected an axis from 0 to below 1, got -1");
  CHECK(refusal(Softmax{}, {floats({})}) == "softmax: expected an axis from 0 to below 0, got 0");
  CHECK(refusal(LocalResponseNorm{.size = 0}, {floats({3})}) ==
        "local_response_norm: expected a window of at least 1, got 0");
  CHECK(output(LayerNorm{}, {floats({2, 3}), floats({3}), floats({3})}) ==
        output(Activate{}, {floats({2, 3})}));
  CHECK(refusal(LayerNorm{}, {floats({}), floats({1}), floats({1})}) ==
        "layer_norm: expected input rank of at least 1, got 0");
  CHECK(refusal(LayerNorm{}, {floats({2, 3}), floats({2}), floats({3})}) ==
        "layer_norm: expected 3 numbers of scale, got 2");
  CHECK(refusal(LayerNorm{}, {floats({2, 3}), floats({3}), floats({1, 3})}) ==
        "layer_norm: expected bias of rank 1, got 1x3");
  CHECK(refusal(LayerNorm{}, {floats({2, 3}), floats({3}), typed(DType::Int32, {3})}) ==
        "layer_norm: expected bias of float32, got int32");
}

TEST_CASE("matrix products take their flags and broadcast their batches", "[kernels]") {
  CHECK(output(MatMul{}, {floats({5, 1, 2, 3}), floats({4, 3, 6})}) == "float32 5x4x2x6");
  CHECK(output(MatMul{.transpose_a = true, .transpose_b = true},
               {floats({3, 2}), floats({6, 3})}) == "float32 2x6");
  CHECK(refusal(MatMul{}, {floats({2, 3}), floats({2, 3})}) ==
        "matmul: expected 3 elements to sum over, got 2");
  CHECK(refusal(MatMul{}, {floats({3}), floats({3, 2})}) ==
        "matmul: expected matrices of rank of at least 2, got 1");
}

TEST_CASE("movement ops give the shape they move to", "[kernels]") {
  CHECK(output(Transpose{.perm = {2, 0, 1}}, {floats({2, 3, 4})}) == "float32 4x2x3");
  CHECK(output(Reshape{.shape = {3, 2}}, {floats({6})}) == "float32 3x2");
  CHECK(output(Broadcast{.shape = {2, 3}}, {floats({3})}) == "float32 2x3");
  CHECK(output(Concat{.axis = 1}, {floats({2, 3}), floats({2, 0})}) == "float32 2x3");
  CHECK(output(Slice{.begin = {4, 0}, .size = {3, 0}, .step = {-2, 1}}, {floats({5, 0})}) ==
        "float32 3x0");
  CHECK(output(Pad{.before = {1, 0}, .after = {2, 0}}, {floats({0, 2})}) == "float32 3x2");
  CHECK(output(Gather{.axis = 1}, {floats({2, 9, 4}), typed(DType::Int64, {3, 5})}) ==
        "float32 2x3x5x4");
  CHECK(output(DepthToSpace{.block = 2}, {floats({1, 2, 3, 8})}) == "float32 1x4x6x2");
  CHECK(output(SpaceToDepth{.block = 2}, {floats({1, 4, 6, 2})}) == "float32 1x2x3x8");
}

TEST_CASE("movement ops refuse to read or write outside", "[kernels]") {
  CHECK(refusal(Transpose{.perm = {0, 0}}, {floats({2, 3})}) ==
        "transpose: expected each axis once, got 0 twice");
  CHECK(refusal(Transpose{.perm = {0, 2}}, {floats({2, 3})}) ==
        "transpose: expected an axis from 0 to below 2, got 2");
  CHECK(refusal(Reshape{.shape = {4}}, {floats({6})}) ==
        "reshape: expected a shape of as many elements as 6, got 4");
  CHECK(refusal(Reshape{.shape = {-2, -3}}, {floats({6})}).starts_with("reshape: shape: expected"));
  CHECK(refusal(Broadcast{.shape = {1}}, {floats({3})}) ==
        "broadcast: expected an input that broadcasts to 1, got 3");
  CHECK(refusal(Concat{.axis = 1}, {floats({2, 3}), floats({3, 3})}) ==
        "concat: expected inputs that differ from 2x3 on axis 1 only, got 3x3");
  CHECK(refusal(Concat{}, {}) == "concat: expected at least 1 input, got 0");
  CHECK(refusal(Slice{.begin = {5}, .size = {1}, .step = {1}}, {floats({5})}) ==
        "slice: expected a begin from 0 to below 5, got 5");
  CHECK(refusal(Slice{.begin = {0}, .size = {1}, .step = {0}}, {floats({5})}) ==
        "slice: expected steps other than 0, got 0");
  CHECK(refusal(Pad{.mode = PadMode::Reflect, .before = {3}}, {floats({3})}) ==
        "pad: expected reflected padding below the extent 3, got 3");
  CHECK(refusal(Pad{.mode = PadMode::Edge, .before = {1}}, {floats({0})}) ==
        "pad: expected an extent to copy from of at least 1, got 0");
  CHECK(refusal(Pad{.before = {-1}}, {floats({3})}) ==
        "pad: expected padding of at least 0, got -1");
  CHECK(refusal(Gather{}, {floats({2}), floats({1})}) ==
        "gather: expected indices of int32 or int64, got float32");
  CHECK(refusal(Gather{}, {floats({1, 1, 1, 1, 1}), typed(DType::Int32, {1, 1, 1, 1, 1})}) ==
        "gather: expected an output rank of at most 8, got 9");
  CHECK(refusal(DepthToSpace{.block = 2}, {floats({1, 2, 3, 6})}) ==
        "depth_to_space: expected input channels that are a multiple of 4, got 6");
  CHECK(refusal(SpaceToDepth{.block = 2}, {floats({1, 2, 3, 6})}) ==
        "space_to_depth: expected rows and columns that are multiples of 2, got 1x2x3x6");
}

TEST_CASE("a slice is accepted exactly if all it reads is inside", "[kernels]") {
  constexpr std::int64_t kExtent = 5;
  for (const std::int64_t begin : {-kHuge64, std::int64_t{-1}, std::int64_t{0}, std::int64_t{2},
                                   std::int64_t{4}, std::int64_t{5}, kHuge64}) {
    for (std::int64_t size = 0; size <= 6; ++size) {
      for (const std::int64_t step :
           {-kHuge64 - 1, std::int64_t{-5}, std::int64_t{-2}, std::int64_t{-1}, std::int64_t{1},
            std::int64_t{2}, std::int64_t{4}, kHuge64}) {
        // Beyond +-5 a single step leaves the extent, so a clamped step tells the same.
        const std::int64_t near_step = std::max<std::int64_t>(-6, std::min<std::int64_t>(6, step));
        const std::int64_t near_begin =
            std::max<std::int64_t>(-1, std::min<std::int64_t>(kExtent, begin));
        bool inside = true;
        for (std::int64_t i = 0; i < size; ++i) {
          const std::int64_t read = near_begin + i * near_step;
          inside = inside && read >= 0 && read < kExtent;
        }
        CAPTURE(begin, size, step);
        const Slice slice{.begin = {begin}, .size = {size}, .step = {step}};
        CHECK(infer_output(slice, std::vector{floats({kExtent})}).has_value() == inside);
      }
    }
  }
}

TEST_CASE("pooling is accepted exactly if each window sees a cell", "[kernels]") {
  for (std::int32_t extent = 1; extent <= 4; ++extent) {
    for (std::int32_t kernel = 1; kernel <= 3; ++kernel) {
      for (std::int32_t dilation = 1; dilation <= 5; ++dilation) {
        for (std::int32_t before = 0; before <= 4; ++before) {
          for (std::int32_t after = 0; after <= 4; ++after) {
            const std::int32_t reach = (kernel - 1) * dilation + 1;
            const std::int32_t outputs = extent + before + after - reach + 1;
            bool all_see = outputs > 0;
            for (std::int32_t out = 0; out < outputs; ++out) {
              bool sees = false;
              for (std::int32_t k = 0; k < kernel; ++k) {
                const std::int32_t cell = out - before + k * dilation;
                sees = sees || (cell >= 0 && cell < extent);
              }
              all_see = all_see && sees;
            }
            const Window window{.dilation_h = dilation, .pad_top = before, .pad_bottom = after};
            const bool accepted = infer_output(Pool2d{.kernel_h = kernel, .window = window},
                                               std::vector{floats({1, extent, 1, 1})})
                                      .has_value();
            CAPTURE(extent, kernel, dilation, before, after);
            CHECK((!accepted || all_see));
            if (dilation == 1) CHECK(accepted == all_see);
          }
        }
      }
    }
  }
}

TEST_CASE("multiply-accumulates are counted for products only", "[kernels]") {
  const auto count = [](const Op& op, const std::vector<TensorSpec>& src) {
    const auto dst = infer_output(op, src);
    REQUIRE(dst);
    return macs(op, src, *dst);
  };
  CHECK(count(Conv2d{.groups = 2}, kConv) == 2 * 7 * 5 * 4 * 27);
  CHECK(count(DepthwiseConv2d{}, {floats({1, 5, 5, 3}), floats({3, 3, 6}), floats({6})}) ==
        3 * 3 * 6 * 9);
  CHECK(count(ConvTranspose2d{}, {floats({1, 5, 5, 3}), floats({2, 3, 3, 3}), floats({2})}) ==
        5 * 5 * 3 * 2 * 9);
  CHECK(count(FullyConnected{}, {floats({7, 8}), floats({4, 8}), floats({4})}) == 7 * 4 * 8);
  CHECK(count(MatMul{.transpose_a = true}, {floats({2, 3, 5}), floats({2, 3, 6})}) ==
        2 * 5 * 6 * 3);
  CHECK(count(Activate{}, {floats({7, 8})}) == 0);
}

TEST_CASE("each op has a name of its own", "[kernels]") {
  CHECK(op_name(Conv2d{}) == "conv2d");
  CHECK(op_name(Pool2d{}) == "pool2d");
  CHECK(op_name(Gather{}) == "gather");
  CHECK(op_name(Cast{}) == "cast");
  CHECK(op_name(LayerNorm{}) == "layer_norm");
}

}  // namespace tilewright::kernels
