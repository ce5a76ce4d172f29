// SPDX-License-Identifier: Apache-2.0
// Layers of image networks on graph::Builder, in the fused form that the rewrites would leave:
// float32, n h w c, batch 1, padding as TFLite's SAME.
#pragma once

#include <cstdint>
#include <string>

#include "lib/graph/builder.h"
#include "tools/networks/weights.h"

namespace tilewright::networks {

/// A layer that breaks the rules of its op is a defect of the network's description: checked.
class LayerBuilder {
 public:
  using Id = graph::ValueId;

  /// `weights` outlives the builder.
  explicit LayerBuilder(const WeightSource& weights) : weights_(weights) {}

  Id input(std::int64_t side, std::int64_t channels);
  Id conv(Id x, std::int64_t channels, std::int32_t kernel, std::int32_t stride,
          ActivationKind activation);
  /// activation(conv(x) + residual).
  Id conv_residual(Id x, Id residual, std::int64_t channels, std::int32_t kernel,
                   ActivationKind activation);
  Id depthwise(Id x, std::int32_t stride, ActivationKind activation);
  /// Twice the side.
  Id upsample(Id x, std::int64_t channels);
  Id max_pool(Id x, std::int32_t kernel, std::int32_t stride);
  Id concat(Id a, Id b);
  /// Mean over the image, then a fully connected layer.
  Id classify(Id x, std::int64_t classes);
  Id softmax(Id x);

  [[nodiscard]] std::int64_t side(Id x) const { return builder_.spec(x).shape[1]; }
  [[nodiscard]] std::int64_t channels(Id x) const { return builder_.spec(x).shape.last(); }
  [[nodiscard]] graph::Graph build(Id output) &&;

 private:
  Id weight(const std::string& layer, const Shape& shape, std::int64_t fan_in);
  Id bias(const std::string& layer, std::int64_t channels);
  Id add(const std::string& name, Op op, std::vector<Id> inputs);
  std::string next_name(const char* kind);

  const WeightSource& weights_;
  graph::Builder builder_;
  int layers_ = 0;
};

}  // namespace tilewright::networks
