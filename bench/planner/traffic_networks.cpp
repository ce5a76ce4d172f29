// SPDX-License-Identifier: Apache-2.0
#include "bench/planner/traffic_networks.h"

#include <vector>

#include "bench/planner/network_builder.h"

namespace tilewright::bench {
namespace {

using scheduler::Problem;

constexpr std::int64_t kGrowth = 32;
constexpr std::int64_t kBottleneck = 128;

FeatureMap batch_norm(NetworkBuilder& net, const FeatureMap& x, AddInPlace add_in_place) {
  const FeatureMap scaled = net.op("mul", {x}, x.side, x.channels);
  if (add_in_place == AddInPlace::Yes) return net.in_place("add", {scaled});
  return net.op("add", {scaled}, x.side, x.channels);
}

FeatureMap dense_layer(NetworkBuilder& net, const FeatureMap& x, AddInPlace add_in_place) {
  FeatureMap y = batch_norm(net, x, add_in_place);
  y = net.op("conv1x1", {y}, x.side, kBottleneck);
  y = batch_norm(net, y, add_in_place);
  y = net.op("conv3x3", {y}, x.side, kGrowth);
  return net.concat({x, y});
}

}  // namespace

Problem densenet121(AddInPlace add_in_place) {
  NetworkBuilder net;
  FeatureMap x = net.strided("stem", net.input(224, 3), 64, 2);
  x = batch_norm(net, x, add_in_place);
  x = net.op("pad", {x}, 114, 64);
  x = net.op("pool", {x}, 56, 64);
  const std::vector<int> blocks = {6, 12, 24, 16};
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    for (int layer = 0; layer < blocks[block]; ++layer)
      x = dense_layer(net, x, add_in_place);
    x = batch_norm(net, x, add_in_place);
    if (block + 1 == blocks.size()) break;
    x = net.op("conv1x1", {x}, x.side, x.channels / 2);
    x = net.strided("pool", x, x.channels, 2);
  }
  x = net.op("mean", {x}, 1, x.channels);
  return net.build({net.op("dense", {x}, 1, 1000)});
}

Problem unet(std::int64_t side, std::int64_t channels) {
  NetworkBuilder net;
  std::vector<FeatureMap> skips;
  FeatureMap x = net.input(side, 3);
  for (int level = 0; level < 5; ++level) {
    const std::int64_t width = channels << level;
    x = net.op("conv3x3", {x}, x.side, width);
    x = net.op("conv3x3", {x}, x.side, width);
    if (level == 4) break;
    skips.push_back(x);
    x = net.strided("pool", x, width, 2);
  }
  for (; !skips.empty(); skips.pop_back()) {
    const FeatureMap& skip = skips.back();
    x = net.op("up", {x}, skip.side, skip.channels);
    x = net.concat({skip, x});
    x = net.op("conv3x3", {x}, skip.side, skip.channels);
    x = net.op("conv3x3", {x}, skip.side, skip.channels);
  }
  return net.build({net.op("conv1x1", {x}, side, 2)});
}

Problem mobilenet_v2() {
  struct Stage {
    std::int64_t expansion;
    std::int64_t channels;
    int repeats;
    std::int64_t stride;
  };
  constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                               {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  NetworkBuilder net;
  FeatureMap x = net.strided("stem", net.input(224, 3), 32, 2);
  for (const Stage& stage : kStages) {
    for (int i = 0; i < stage.repeats; ++i) {
      const std::int64_t stride = i == 0 ? stage.stride : 1;
      FeatureMap y = x;
      if (stage.expansion > 1) y = net.op("expand", {x}, x.side, x.channels * stage.expansion);
      y = net.strided("depthwise", y, y.channels, stride);
      y = net.op("project", {y}, y.side, stage.channels);
      x = i > 0 ? net.add(x, y) : y;
    }
  }
  x = net.op("head", {x}, x.side, 1280);
  x = net.op("mean", {x}, 1, 1280);
  return net.build({net.op("dense", {x}, 1, 1000)});
}

Problem with_fast_bank(Problem problem, std::int64_t fast_bytes) {
  problem.banks = {{"fast", fast_bytes, 8000, 8000, 1},
                   {"external", std::int64_t{1} << 40, 200, 200, kNetworkAlignmentBytes}};
  return problem;
}

}  // namespace tilewright::bench
