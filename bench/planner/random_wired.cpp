// SPDX-License-Identifier: Apache-2.0
#include "bench/planner/random_wired.h"

#include <random>
#include <vector>

#include "bench/planner/network_builder.h"

namespace tilewright::bench {
namespace {

/// Which pairs of nodes are joined.
class Ring {
 public:
  Ring(const RandomWiring& wiring, std::mt19937& random)
      : nodes_(static_cast<std::size_t>(wiring.nodes)), joined_(nodes_ * nodes_, false) {
    const auto reach = static_cast<std::size_t>(wiring.neighbours) / 2;
    for (std::size_t distance = 1; distance <= reach; ++distance) {
      for (std::size_t i = 0; i < nodes_; ++i)
        set(i, (i + distance) % nodes_, true);
    }
    for (std::size_t distance = 1; distance <= reach; ++distance) {
      for (std::size_t i = 0; i < nodes_; ++i) {
        if (random() % 4 < 3) rewire(i, (i + distance) % nodes_, random);
      }
    }
  }

  [[nodiscard]] bool joined(std::size_t a, std::size_t b) const { return joined_[a * nodes_ + b]; }

 private:
  void set(std::size_t a, std::size_t b, bool value) {
    joined_[a * nodes_ + b] = value;
    joined_[b * nodes_ + a] = value;
  }

  void rewire(std::size_t from, std::size_t to, std::mt19937& random) {
    std::vector<std::size_t> strangers;
    for (std::size_t i = 0; i < nodes_; ++i) {
      if (i != from && !joined(from, i)) strangers.push_back(i);
    }
    if (strangers.empty()) return;
    set(from, to, false);
    set(from, strangers[random() % strangers.size()], true);
  }

  std::size_t nodes_;
  std::vector<bool> joined_;
};

FeatureMap add_node(NetworkBuilder& network, const std::vector<FeatureMap>& inputs,
                    std::int64_t side, std::int64_t channels, WiredDetail detail) {
  switch (detail) {
    case WiredDetail::Nodes:
      return network.op("node", inputs, side, channels);
    case WiredDetail::Ops:
      break;
  }
  FeatureMap x = inputs.size() == 1 ? inputs.front() : network.in_place("sum", inputs);
  x = network.op("depthwise", {network.relu(x)}, side, x.channels);
  return network.op("pointwise", {x}, side, channels);
}

FeatureMap add_stage(NetworkBuilder& network, const FeatureMap& x, const RandomWiring& wiring,
                     std::int64_t channels, std::mt19937& random) {
  const Ring ring(wiring, random);
  const auto nodes = static_cast<std::size_t>(wiring.nodes);
  std::vector<FeatureMap> maps;
  std::vector<bool> is_read(nodes, false);
  for (std::size_t i = 0; i < nodes; ++i) {
    std::vector<FeatureMap> inputs;
    for (std::size_t j = 0; j < i; ++j) {
      if (!ring.joined(j, i)) continue;
      inputs.push_back(maps[j]);
      is_read[j] = true;
    }
    if (inputs.empty()) inputs.push_back(x);
    maps.push_back(add_node(network, inputs, (x.side + 1) / 2, channels, wiring.detail));
  }
  std::vector<FeatureMap> sinks;
  for (std::size_t i = 0; i < nodes; ++i) {
    if (!is_read[i]) sinks.push_back(maps[i]);
  }
  return network.op("mean", sinks, maps.front().side, channels);
}

}  // namespace

scheduler::Problem random_wired(const RandomWiring& wiring) {
  std::mt19937 random(wiring.seed);
  NetworkBuilder network;
  FeatureMap x = network.strided("stem", network.input(224, 3), wiring.channels / 2, 2);
  x = network.strided("stem", network.relu(x), wiring.channels, 2);
  for (std::int32_t stage = 0; stage < wiring.stages; ++stage) {
    x = add_stage(network, x, wiring, wiring.channels << stage, random);
  }
  x = network.op("pointwise", {x}, x.side, 1280);
  x = network.op("pool", {x}, 1, 1280);
  return network.build({network.op("classifier", {x}, 1, 1000)});
}

}  // namespace tilewright::bench
