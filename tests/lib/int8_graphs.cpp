// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/int8_graphs.h"

#include <cmath>
#include <cstring>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "lib/graph/builder.h"

namespace tilewright::tests {
namespace {

using graph::ValueId;

/// A builder of layers of one type; what fails here fails the test.
class Layers {
 public:
  explicit Layers(DType dtype) : dtype_(dtype) {}

  ValueId input(Shape shape) {
    return builder_.input({"x", dtype_, shape, quantization(0.02F, -7)});
  }
  ValueId conv(const std::string& name, ValueId x, std::int64_t channels, std::int32_t filter,
               Activation activation = {}) {
    const std::int32_t pad = filter / 2;
    const Window window{.pad_top = pad, .pad_left = pad, .pad_bottom = pad, .pad_right = pad};
    return dense(name, Conv2d{.window = window, .activation = activation}, x,
                 {channels, filter, filter, builder_.spec(x).shape.last()});
  }
  ValueId connected(const std::string& name, ValueId x, std::int64_t channels,
                    Activation activation = {}) {
    return dense(name, FullyConnected{activation}, x, {channels, builder_.spec(x).shape.last()});
  }
  graph::Graph finished(ValueId output) {
    builder_.output(output);
    return std::move(builder_).take();
  }

 private:
  /// None for floats. Zero points differ from layer to layer.
  Quantization quantization(float scale, std::int64_t zero_point) const {
    if (dtype_ == DType::Float32) return {};
    return {.scales = {scale}, .zero_points = {zero_point}};
  }

  ValueId dense(const std::string& name, Op op, ValueId x, Shape weights) {
    const std::int64_t channels = weights[0];
    const ValueId filter = constant(name + "/weights", dtype_, weights);
    if (dtype_ == DType::Int8) {
      Quantization& by_channel = builder_.spec(filter).quantization;
      for (std::int64_t channel = 0; channel < channels; ++channel)
        by_channel.scales.push_back(0.001F * static_cast<float>(1 + channel % 5));
      by_channel.zero_points.assign(by_channel.scales.size(), 0);
    }
    const DType wide = dtype_ == DType::Int8 ? DType::Int32 : dtype_;
    const ValueId bias = constant(name + "/bias", wide, {channels});
    const auto id = builder_.add(name, std::move(op), {x, filter, bias});
    if (!id) FAIL(id.error().message);
    // So that sums of random products fill the range and few leave it.
    const auto depth = static_cast<float>(weights.elements() / channels);
    const float of_products = dtype_ == DType::Int8 ? scale_of(x) * 0.003F * 74 * spread_ : 1;
    builder_.spec(*id).quantization =
        quantization(of_products * std::sqrt(depth) / 40, ++layers_ * 5 - 12);
    spread_ = 40;
    return *id;
  }

  float scale_of(ValueId id) const { return builder_.spec(id).quantization.scales.at(0); }

  ValueId constant(const std::string& name, DType dtype, Shape shape) {
    const TensorSpec spec{name, dtype, shape, {}};
    std::vector<std::byte> bytes(static_cast<std::size_t>(spec.size_bytes()));
    const auto count = static_cast<std::size_t>(shape.elements());
    for (std::size_t i = 0; i < count; ++i) {
      const auto integer = static_cast<std::int32_t>(random_() % 256) - 128;
      if (dtype == DType::Int8) bytes[i] = static_cast<std::byte>(integer);
      if (dtype == DType::Int32) put(bytes, i, 50 * integer);
      if (dtype == DType::Float32) put(bytes, i, static_cast<float>(integer) / 1280);
    }
    return builder_.constant(spec, bytes);
  }

  template <typename T>
  static void put(std::vector<std::byte>& bytes, std::size_t i, T element) {
    std::memcpy(&bytes[i * sizeof element], &element, sizeof element);
  }

  DType dtype_;
  graph::Builder builder_;
  std::mt19937 random_{5};
  std::int64_t layers_ = 0;
  float spread_ = 74;  // standard deviation of what the next layer reads
};

graph::Graph small_network_of(DType dtype) {
  Layers layers(dtype);
  ValueId x = layers.input({1, 12, 12, 8});
  x = layers.conv("first", x, 16, 3, {ActivationKind::Relu});
  x = layers.conv("second", x, 24, 1);
  return layers.finished(layers.connected("third", x, 32, {ActivationKind::Relu6}));
}

}  // namespace

graph::Graph small_int8_network() {
  return small_network_of(DType::Int8);
}

graph::Graph small_float_network() {
  return small_network_of(DType::Float32);
}

graph::Graph heavy_int8_network() {
  Layers layers(DType::Int8);
  ValueId x = layers.input({1, 40, 40, 24});
  for (const char* name : {"first", "second", "third"})
    x = layers.conv(name, x, 24, 3);
  return layers.finished(x);
}

graph::Graph one_dense_layer(DType dtype, std::int64_t rows, std::int64_t depth,
                             std::int64_t columns) {
  Layers layers(dtype);
  return layers.finished(layers.connected("dense", layers.input({rows, depth}), columns));
}

}  // namespace tilewright::tests
