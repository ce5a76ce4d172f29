// SPDX-License-Identifier: Apache-2.0
#include "tools/networks/layer_builder.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tilewright::networks {
namespace {

/// The window of a square kernel with TFLite's SAME padding: outputs are the side over the stride,
/// rounded up, and the odd cell of padding is at the end.
Window same_window(std::int64_t side, std::int32_t kernel, std::int32_t stride) {
  const std::int64_t outputs = (side + stride - 1) / stride;
  const std::int64_t covered = (outputs - 1) * stride + kernel;
  const auto padding = static_cast<std::int32_t>(std::max<std::int64_t>(covered - side, 0));
  Window window;
  window.stride_h = window.stride_w = stride;
  window.pad_top = window.pad_left = padding / 2;
  window.pad_bottom = window.pad_right = padding - padding / 2;
  return window;
}

}  // namespace

LayerBuilder::Id LayerBuilder::input(std::int64_t side, std::int64_t channels) {
  return builder_.input({"image", DType::Float32, {1, side, side, channels}, {}});
}

LayerBuilder::Id LayerBuilder::conv(Id x, std::int64_t channels, std::int32_t kernel,
                                    std::int32_t stride, ActivationKind activation) {
  const std::string name = next_name("conv");
  const std::int64_t depth = this->channels(x);
  const Id filter = weight(name, {channels, kernel, kernel, depth}, depth * kernel * kernel);
  return add(name, Conv2d{same_window(side(x), kernel, stride), 1, {activation}},
             {x, filter, bias(name, channels)});
}

LayerBuilder::Id LayerBuilder::conv_residual(Id x, Id residual, std::int64_t channels,
                                             std::int32_t kernel, ActivationKind activation) {
  const std::string name = next_name("conv");
  const std::int64_t depth = this->channels(x);
  const Id filter = weight(name, {channels, kernel, kernel, depth}, depth * kernel * kernel);
  return add(name, Conv2d{same_window(side(x), kernel, 1), 1, {activation}},
             {x, filter, bias(name, channels), residual});
}

LayerBuilder::Id LayerBuilder::depthwise(Id x, std::int32_t stride, ActivationKind activation) {
  const std::string name = next_name("depthwise");
  const Id filter = weight(name, {3, 3, channels(x)}, 9);
  return add(name, DepthwiseConv2d{same_window(side(x), 3, stride), {activation}},
             {x, filter, bias(name, channels(x))});
}

LayerBuilder::Id LayerBuilder::upsample(Id x, std::int64_t channels) {
  const std::string name = next_name("upsample");
  const std::int64_t depth = this->channels(x);
  ConvTranspose2d op;
  op.window.stride_h = op.window.stride_w = 2;
  const Id filter = weight(name, {channels, 2, 2, depth}, depth);
  return add(name, op, {x, filter, bias(name, channels)});
}

LayerBuilder::Id LayerBuilder::max_pool(Id x, std::int32_t kernel, std::int32_t stride) {
  Pool2d op;
  op.kernel_h = op.kernel_w = kernel;
  op.window = same_window(side(x), kernel, stride);
  return add(next_name("pool"), op, {x});
}

LayerBuilder::Id LayerBuilder::concat(Id a, Id b) {
  return add(next_name("concat"), Concat{3}, {a, b});
}

LayerBuilder::Id LayerBuilder::classify(Id x, std::int64_t classes) {
  const Id mean = add(next_name("mean"), Reduce{ReduceKind::Mean, 0b0110, false}, {x});
  const std::string name = next_name("classes");
  const Id weights = weight(name, {classes, channels(x)}, channels(x));
  return add(name, FullyConnected{}, {mean, weights, bias(name, classes)});
}

LayerBuilder::Id LayerBuilder::softmax(Id x) {
  return add(next_name("softmax"), Softmax{builder_.spec(x).shape.rank() - 1, 1}, {x});
}

graph::Graph LayerBuilder::build(Id output) && {
  builder_.output(output);
  return std::move(builder_).take();
}

LayerBuilder::Id LayerBuilder::weight(const std::string& layer, const Shape& shape,
                                      std::int64_t fan_in) {
  const TensorSpec spec{layer + "/weights", DType::Float32, shape, {}};
  return builder_.constant(spec, weights_(spec, fan_in));
}

LayerBuilder::Id LayerBuilder::bias(const std::string& layer, std::int64_t channels) {
  const TensorSpec spec{layer + "/bias", DType::Float32, {channels}, {}};
  return builder_.constant(spec, weights_(spec, 0));
}

LayerBuilder::Id LayerBuilder::add(const std::string& name, Op op, std::vector<Id> inputs) {
  const Result<Id> made = builder_.add(name, std::move(op), std::move(inputs));
  TILEWRIGHT_CHECK(made);
  return *made;
}

std::string LayerBuilder::next_name(const char* kind) {
  return kind + std::to_string(layers_++);
}

}  // namespace tilewright::networks
