// SPDX-License-Identifier: Apache-2.0
// Sources: Howard et al., "MobileNets", 2017, table 1; Sandler et al., "MobileNetV2", 2018, table
// 2; He et al., "Deep residual learning", 2015, table 1, with the strides of version 1.5.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/kernel_layers.h"
#include "kernels/op_rules.h"

namespace tilewright::bench {
namespace {

/// Input pixels on a side, channels, filter size, stride, output channels.
struct Dense {
  const char* network;
  std::int64_t size, c;
  std::int32_t filter, stride;
  std::int64_t o;
  bool has_residual = false;
};

constexpr Dense kDense[] = {
    {"mobilenet_v1", 224, 3, 3, 2, 32},
    {"mobilenet_v1", 112, 32, 1, 1, 64},
    {"mobilenet_v1", 56, 64, 1, 1, 128},
    {"mobilenet_v1", 56, 128, 1, 1, 128},
    {"mobilenet_v1", 28, 128, 1, 1, 256},
    {"mobilenet_v1", 28, 256, 1, 1, 256},
    {"mobilenet_v1", 14, 256, 1, 1, 512},
    {"mobilenet_v1", 14, 512, 1, 1, 512},
    {"mobilenet_v1", 7, 512, 1, 1, 1024},
    {"mobilenet_v1", 7, 1024, 1, 1, 1024},
    {"mobilenet_v2", 112, 32, 1, 1, 16},
    {"mobilenet_v2", 112, 16, 1, 1, 96},
    {"mobilenet_v2", 56, 96, 1, 1, 24},
    {"mobilenet_v2", 56, 24, 1, 1, 144},
    {"mobilenet_v2", 56, 144, 1, 1, 24, true},
    {"mobilenet_v2", 28, 144, 1, 1, 32},
    {"mobilenet_v2", 28, 32, 1, 1, 192},
    {"mobilenet_v2", 28, 192, 1, 1, 32, true},
    {"mobilenet_v2", 14, 192, 1, 1, 64},
    {"mobilenet_v2", 14, 64, 1, 1, 384},
    {"mobilenet_v2", 14, 384, 1, 1, 64, true},
    {"mobilenet_v2", 14, 384, 1, 1, 96},
    {"mobilenet_v2", 14, 96, 1, 1, 576},
    {"mobilenet_v2", 14, 576, 1, 1, 96, true},
    {"mobilenet_v2", 7, 576, 1, 1, 160},
    {"mobilenet_v2", 7, 160, 1, 1, 960},
    {"mobilenet_v2", 7, 960, 1, 1, 160, true},
    {"mobilenet_v2", 7, 960, 1, 1, 320},
    {"mobilenet_v2", 7, 320, 1, 1, 1280},
    {"resnet50", 224, 3, 7, 2, 64},
    {"resnet50", 56, 64, 1, 1, 64},
    {"resnet50", 56, 64, 3, 1, 64},
    {"resnet50", 56, 64, 1, 1, 256, true},
    {"resnet50", 56, 256, 1, 1, 64},
    {"resnet50", 56, 256, 1, 1, 128},
    {"resnet50", 56, 128, 3, 2, 128},
    {"resnet50", 28, 128, 1, 1, 512, true},
    {"resnet50", 56, 256, 1, 2, 512},
    {"resnet50", 28, 512, 1, 1, 128},
    {"resnet50", 28, 128, 3, 1, 128},
    {"resnet50", 28, 512, 1, 1, 256},
    {"resnet50", 28, 256, 3, 2, 256},
    {"resnet50", 14, 256, 1, 1, 1024, true},
    {"resnet50", 28, 512, 1, 2, 1024},
    {"resnet50", 14, 1024, 1, 1, 256},
    {"resnet50", 14, 256, 3, 1, 256},
    {"resnet50", 14, 1024, 1, 1, 512},
    {"resnet50", 14, 512, 3, 2, 512},
    {"resnet50", 7, 512, 1, 1, 2048, true},
    {"resnet50", 14, 1024, 1, 2, 2048},
    {"resnet50", 7, 2048, 1, 1, 512},
    {"resnet50", 7, 512, 3, 1, 512},
};

/// Input pixels on a side, channels, stride.
struct Depthwise {
  const char* network;
  std::int64_t size, c;
  std::int32_t stride;
};

constexpr Depthwise kDepthwise[] = {
    {"mobilenet_v1", 112, 32, 1}, {"mobilenet_v1", 112, 64, 2}, {"mobilenet_v1", 56, 128, 1},
    {"mobilenet_v1", 56, 128, 2}, {"mobilenet_v1", 28, 256, 1}, {"mobilenet_v1", 28, 256, 2},
    {"mobilenet_v1", 14, 512, 1}, {"mobilenet_v1", 14, 512, 2}, {"mobilenet_v1", 7, 1024, 1},
    {"mobilenet_v2", 112, 96, 2}, {"mobilenet_v2", 56, 144, 1}, {"mobilenet_v2", 56, 144, 2},
    {"mobilenet_v2", 28, 192, 1}, {"mobilenet_v2", 28, 192, 2}, {"mobilenet_v2", 14, 384, 1},
    {"mobilenet_v2", 14, 576, 1}, {"mobilenet_v2", 14, 576, 2}, {"mobilenet_v2", 7, 960, 1},
};

/// Larger filters, and those of one row, on images or sequences.
struct WideDepthwise {
  const char* name;
  std::int64_t h, w, c;
  std::int32_t filter_h, filter_w;
};

constexpr WideDepthwise kWideDepthwise[] = {
    {"mobilenet_v3/14x14x672_5x5_depthwise", 14, 14, 672, 5, 5},
    {"convnext_tiny/56x56x96_7x7_depthwise", 56, 56, 96, 7, 7},
    {"convnext_tiny/14x14x384_7x7_depthwise", 14, 14, 384, 7, 7},
    {"sequence/1x1000x64_1x9_depthwise", 1, 1000, 64, 1, 9},
};

TensorSpec floats(Shape shape) {
  return {{}, DType::Float32, shape, {}};
}

/// Padding as TensorFlow's SAME.
Window same(std::int64_t size, std::int32_t filter, std::int32_t stride) {
  const std::int64_t out = (size + stride - 1) / stride;
  const auto all =
      static_cast<std::int32_t>(std::max<std::int64_t>((out - 1) * stride + filter - size, 0));
  return {stride, stride, 1, 1, all / 2, all / 2, all - all / 2, all - all / 2};
}

Layer completed(Layer layer) {
  Result<TensorSpec> dst = kernels::infer_output(layer.op, layer.src);
  if (!dst) std::abort();
  layer.dst = *dst;
  return layer;
}

/// "resnet50/56x56x64_3x3s2_128"; `o` is 0 for a depthwise convolution.
std::string described(const char* network, std::int64_t size, std::int64_t c, std::int64_t filter,
                      std::int64_t stride, std::int64_t o) {
  char text[96];
  int length = std::snprintf(text, sizeof text, "%s/%dx%dx%d_%dx%d", network,
                             static_cast<int>(size), static_cast<int>(size), static_cast<int>(c),
                             static_cast<int>(filter), static_cast<int>(filter));
  const auto append = [&](const char* format, std::int64_t value) {
    length += std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), format,
                            static_cast<int>(value));
  };
  if (stride != 1) append("s%d", stride);
  if (o == 0) return text + std::string("_depthwise");
  append("_%d", o);
  return text;
}

}  // namespace

std::vector<Layer> dense_layers() {
  std::vector<Layer> layers;
  for (const Dense& d : kDense) {
    Layer layer{.name = described(d.network, d.size, d.c, d.filter, d.stride, d.o),
                .op = Conv2d{same(d.size, d.filter, d.stride), 1, {ActivationKind::Relu, 0, 0}},
                .src = {floats({1, d.size, d.size, d.c}), floats({d.o, d.filter, d.filter, d.c}),
                        floats({d.o})},
                .dst = {}};
    const std::int64_t out = (d.size + d.stride - 1) / d.stride;
    if (d.has_residual) {
      layer.name += "_residual";
      layer.src.push_back(floats({1, out, out, d.o}));
    }
    layer.m = out * out;
    layer.k = d.filter * d.filter * d.c;
    layers.push_back(completed(std::move(layer)));
  }
  return layers;
}

std::vector<Layer> int8_layers(const std::vector<Layer>& layers) {
  std::vector<Layer> result;
  for (Layer layer : layers) {
    const bool is_dense = std::holds_alternative<Conv2d>(layer.op) ||
                          std::holds_alternative<FullyConnected>(layer.op);
    if (!is_dense || layer.src.size() != 3) continue;
    for (TensorSpec* spec : {&layer.src[0], &layer.src[1], &layer.dst})
      *spec = {{}, DType::Int8, spec->shape, {.scales = {0.01F}, .zero_points = {0}}};
    layer.src[2].dtype = DType::Int32;
    layer.name += "_int8";
    result.push_back(std::move(layer));
  }
  return result;
}

std::vector<Layer> other_layers() {
  std::vector<Layer> layers;
  for (const Depthwise& d : kDepthwise) {
    layers.push_back(
        completed({.name = described(d.network, d.size, d.c, 3, d.stride, 0),
                   .op = DepthwiseConv2d{same(d.size, 3, d.stride), {ActivationKind::Relu6, 0, 0}},
                   .src = {floats({1, d.size, d.size, d.c}), floats({3, 3, d.c}), floats({d.c})},
                   .dst = {}}));
  }
  for (const WideDepthwise& d : kWideDepthwise) {
    Window window = same(d.w, d.filter_w, 1);
    window.pad_top = window.pad_bottom = (d.filter_h - 1) / 2;
    layers.push_back(completed(
        {.name = d.name,
         .op = DepthwiseConv2d{window, {ActivationKind::Relu6, 0, 0}},
         .src = {floats({1, d.h, d.w, d.c}), floats({d.filter_h, d.filter_w, d.c}), floats({d.c})},
         .dst = {}}));
  }
  for (const std::int64_t depth : {1024, 1280, 2048}) {
    layers.push_back(completed({.name = described("fully_connected", 1, depth, 1, 1, 1000),
                                .op = FullyConnected{},
                                .src = {floats({1, depth}), floats({1000, depth}), floats({1000})},
                                .dst = {},
                                .m = 1,
                                .k = depth}));
  }
  layers.push_back(
      completed({.name = "unet/40x40x128_2x2s2_transposed_64",
                 .op = ConvTranspose2d{{2, 2, 1, 1, 0, 0, 0, 0}, 0, 0, {}},
                 .src = {floats({1, 40, 40, 128}), floats({64, 2, 2, 128}), floats({64})},
                 .dst = {},
                 .m = 80 * 80,
                 .k = 128}));
  layers.push_back(completed({.name = "matmul/12x196x64_64x196",
                              .op = MatMul{},
                              .src = {floats({12, 196, 64}), floats({12, 64, 196})},
                              .dst = {},
                              .m = 12 * 196,
                              .k = 64}));
  return layers;
}

}  // namespace tilewright::bench
