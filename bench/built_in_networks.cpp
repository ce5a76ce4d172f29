// SPDX-License-Identifier: Apache-2.0
#include "bench/built_in_networks.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/graph/builder.h"

namespace tilewright::bench {
namespace {

class MobileNetV2 {
 public:
  graph::Graph draw() {
    x_ = builder_.input({"image", DType::Float32, Shape{1, 224, 224, 3}, {}});
    conv(32, 3, 2);
    block(16, 1, 1);
    constexpr int stages[][4] = {{24, 6, 2, 2}, {32, 6, 3, 2},  {64, 6, 4, 2},
                                 {96, 6, 3, 1}, {160, 6, 3, 2}, {320, 6, 1, 1}};
    for (const auto& [channels, factor, count, stride] : stages) {
      for (int i = 0; i < count; ++i)
        block(channels, factor, i == 0 ? stride : 1);
    }
    conv(1280, 1, 1);
    builder_.output(x_);
    return std::move(builder_).take();
  }

 private:
  graph::ValueId weights(const Shape& shape) {
    const std::vector<float> values(static_cast<std::size_t>(shape.elements()), 0.01F);
    return builder_.constant("w" + std::to_string(count_++), shape, std::span<const float>(values));
  }

  static Window window(std::int32_t taps, std::int32_t stride) {
    const std::int32_t pad = taps / 2;
    return {.stride_h = stride,
            .stride_w = stride,
            .pad_top = pad,
            .pad_left = pad,
            .pad_bottom = pad,
            .pad_right = pad};
  }

  void add(Op op, std::vector<graph::ValueId> src) {
    x_ = *builder_.add("op" + std::to_string(count_++), std::move(op), std::move(src));
  }

  void conv(std::int64_t channels, std::int32_t taps, std::int32_t stride,
            std::vector<graph::ValueId> residual = {}, bool has_clamp = true) {
    const ActivationKind kind = has_clamp ? ActivationKind::Relu6 : ActivationKind::None;
    std::vector<graph::ValueId> src{
        x_, weights({channels, taps, taps, builder_.spec(x_).shape.last()}), weights({channels})};
    src.insert(src.end(), residual.begin(), residual.end());
    add(Conv2d{.window = window(taps, stride), .activation = {kind}}, std::move(src));
  }

  void block(std::int64_t channels, std::int64_t factor, std::int32_t stride) {
    const graph::ValueId in = x_;
    const std::int64_t from = builder_.spec(in).shape.last();
    if (factor > 1) conv(from * factor, 1, 1);
    const std::int64_t wide = builder_.spec(x_).shape.last();
    add(DepthwiseConv2d{window(3, stride), {ActivationKind::Relu6}},
        {x_, weights({3, 3, wide}), weights({wide})});
    const bool adds = stride == 1 && from == channels;
    conv(channels, 1, 1, adds ? std::vector{in} : std::vector<graph::ValueId>{}, false);
  }

  graph::Builder builder_;
  graph::ValueId x_{};
  int count_ = 0;
};

graph::Graph attention() {
  graph::Builder builder;
  const Shape shape{1, 12, 512, 64};
  std::vector<graph::ValueId> inputs;
  for (const char* name : {"q", "k", "v"})
    inputs.push_back(builder.input({name, DType::Float32, shape, {}}));
  const auto scores = builder.add("scores", MatMul{.transpose_b = true}, {inputs[0], inputs[1]});
  const auto weights = builder.add("weights", Softmax{3, 0.125F}, {*scores});
  builder.output(*builder.add("mix", MatMul{}, {*weights, inputs[2]}));
  return std::move(builder).take();
}

}  // namespace

std::optional<Model> built_in_network(std::string_view name) {
  if (name == "attention") return Model(std::make_shared<const graph::Graph>(attention()));
  if (name == "mobilenet_v2")
    return Model(std::make_shared<const graph::Graph>(MobileNetV2().draw()));
  return std::nullopt;
}

}  // namespace tilewright::bench
