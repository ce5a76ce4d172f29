// SPDX-License-Identifier: Apache-2.0
#include "tools/networks/families.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tools/networks/layer_builder.h"

namespace tilewright::networks {
namespace {

using Id = LayerBuilder::Id;
constexpr std::int64_t kLeastResolution = 32;
constexpr std::int64_t kUnetMultiple = 16;
constexpr std::int64_t kImageClasses = 1000;

std::int64_t channels_of(double exact) {
  constexpr std::int64_t kMultiple = 8;
  const auto nearest = static_cast<std::int64_t>(exact + kMultiple / 2.0) / kMultiple * kMultiple;
  const std::int64_t channels = std::max(nearest, kMultiple);
  return static_cast<double>(channels) < 0.9 * exact ? channels + kMultiple : channels;
}

graph::Graph mobilenet_v1(LayerBuilder net, const NetworkSize& size) {
  struct Block {
    std::int64_t channels;
    std::int32_t stride;
  };
  const std::vector<Block> blocks = {{64, 1},  {128, 2},  {128, 1}, {256, 2}, {256, 1},
                                     {512, 2}, {512, 1},  {512, 1}, {512, 1}, {512, 1},
                                     {512, 1}, {1024, 2}, {1024, 1}};
  const auto wide = [&](std::int64_t channels) {
    return channels_of(static_cast<double>(channels) * size.width);
  };
  Id x = net.conv(net.input(size.resolution, 3), wide(32), 3, 2, ActivationKind::Relu6);
  for (const Block& block : blocks) {
    x = net.depthwise(x, block.stride, ActivationKind::Relu6);
    x = net.conv(x, wide(block.channels), 1, 1, ActivationKind::Relu6);
  }
  const Id scores = net.softmax(net.classify(x, kImageClasses));
  return std::move(net).build(scores);
}

/// Expansion, depthwise and projection, added to the input where both have the same shape.
Id inverted_residual(LayerBuilder& net, Id x, std::int64_t expansion, std::int64_t channels,
                     std::int32_t stride) {
  Id wide = x;
  if (expansion > 1) wide = net.conv(x, net.channels(x) * expansion, 1, 1, ActivationKind::Relu6);
  wide = net.depthwise(wide, stride, ActivationKind::Relu6);
  if (stride == 1 && channels == net.channels(x))
    return net.conv_residual(wide, x, channels, 1, ActivationKind::None);
  return net.conv(wide, channels, 1, 1, ActivationKind::None);
}

graph::Graph mobilenet_v2(LayerBuilder net, const NetworkSize& size) {
  struct Stage {
    std::int64_t expansion, channels;
    int blocks;
    std::int32_t stride;
  };
  const std::vector<Stage> stages = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                                     {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  Id x = net.conv(net.input(size.resolution, 3), channels_of(32 * size.width), 3, 2,
                  ActivationKind::Relu6);
  for (const Stage& stage : stages) {
    const std::int64_t channels = channels_of(static_cast<double>(stage.channels) * size.width);
    for (int i = 0; i < stage.blocks; ++i)
      x = inverted_residual(net, x, stage.expansion, channels, i == 0 ? stage.stride : 1);
  }
  x = net.conv(x, channels_of(1280 * std::max(size.width, 1.0)), 1, 1, ActivationKind::Relu6);
  const Id scores = net.softmax(net.classify(x, kImageClasses));
  return std::move(net).build(scores);
}

graph::Graph resnet18(LayerBuilder net, const NetworkSize& size) {
  Id x = net.conv(net.input(size.resolution, 3), channels_of(64 * size.width), 7, 2,
                  ActivationKind::Relu);
  x = net.max_pool(x, 3, 2);
  for (const std::int64_t width : {64, 128, 256, 512}) {
    const std::int64_t channels = channels_of(static_cast<double>(width) * size.width);
    for (int i = 0; i < 2; ++i) {
      const std::int32_t stride = i == 0 && width > 64 ? 2 : 1;
      const bool same_shape = stride == 1 && net.channels(x) == channels;
      const Id around = same_shape ? x : net.conv(x, channels, 1, stride, ActivationKind::None);
      const Id through = net.conv(x, channels, 3, stride, ActivationKind::Relu);
      x = net.conv_residual(through, around, channels, 3, ActivationKind::Relu);
    }
  }
  const Id scores = net.classify(x, kImageClasses);
  return std::move(net).build(scores);
}

graph::Graph unet(LayerBuilder net, const NetworkSize& size) {
  const auto twice = [&](Id x, std::int64_t channels) {
    x = net.conv(x, channels, 3, 1, ActivationKind::Relu);
    return net.conv(x, channels, 3, 1, ActivationKind::Relu);
  };
  const auto wide = [&](int level) { return channels_of(std::ldexp(64 * size.width, level)); };
  constexpr int kLevels = 4;
  std::vector<Id> skips;
  Id x = net.input(size.resolution, 3);
  for (int level = 0; level < kLevels; ++level) {
    skips.push_back(twice(x, wide(level)));
    x = net.max_pool(skips.back(), 2, 2);
  }
  x = twice(x, wide(kLevels));
  for (int level = kLevels - 1; level >= 0; --level) {
    const Id skip = skips[static_cast<std::size_t>(level)];
    x = twice(net.concat(skip, net.upsample(x, wide(level))), wide(level));
  }
  const Id mask = net.conv(x, 1, 1, 1, ActivationKind::Sigmoid);
  return std::move(net).build(mask);
}

Status check_size(Family family, const NetworkSize& size) {
  const std::string where = std::string(to_string(family)) + ": ";
  if (!(size.width > 0 && size.width <= kMaxWidth)) {
    return Error{ErrorCode::InvalidArgument, where + "expected a width above 0, at most " +
                                                 std::to_string(kMaxWidth) + ", got " +
                                                 std::to_string(size.width)};
  }
  const std::int64_t multiple = family == Family::Unet ? kUnetMultiple : 1;
  if (size.resolution < kLeastResolution || size.resolution > kMaxResolution ||
      size.resolution % multiple != 0) {
    return Error{ErrorCode::InvalidArgument,
                 where + "expected a resolution from " + std::to_string(kLeastResolution) + " to " +
                     std::to_string(kMaxResolution) + ", a multiple of " +
                     std::to_string(multiple) + ", got " + std::to_string(size.resolution)};
  }
  return ok();
}

}  // namespace

const char* to_string(Family family) {
  switch (family) {
    case Family::MobilenetV1:
      return "mobilenet_v1";
    case Family::MobilenetV2:
      return "mobilenet_v2";
    case Family::Resnet:
      return "resnet";
    case Family::Unet:
      return "unet";
  }
  return "unknown";
}

Result<graph::Graph> build_network(Family family, const NetworkSize& size,
                                   const WeightSource& weights) {
  TILEWRIGHT_RETURN_IF_ERROR(check_size(family, size));
  LayerBuilder net(weights);
  switch (family) {
    case Family::MobilenetV1:
      return mobilenet_v1(std::move(net), size);
    case Family::MobilenetV2:
      return mobilenet_v2(std::move(net), size);
    case Family::Resnet:
      return resnet18(std::move(net), size);
    case Family::Unet:
      return unet(std::move(net), size);
  }
  return Error{ErrorCode::InvalidArgument, "network: expected a known family, got another"};
}

}  // namespace tilewright::networks
