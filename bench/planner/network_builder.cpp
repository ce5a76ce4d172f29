// SPDX-License-Identifier: Apache-2.0
#include "bench/planner/network_builder.h"

#include <algorithm>
#include <utility>

namespace tilewright::bench {

using scheduler::Problem;
using scheduler::StorageId;

StorageId NetworkBuilder::add_storage(const std::string& name, std::int64_t bytes) {
  problem_.storages.push_back({.name = name, .bytes = bytes});
  return scheduler::storage_id(problem_.storages.size() - 1);
}

FeatureMap NetworkBuilder::input(std::int64_t side, std::int64_t channels) {
  const FeatureMap map{add_storage("input", side * side * channels), side, channels};
  problem_.storages.back().input = true;
  return map;
}

FeatureMap NetworkBuilder::op(const std::string& name, const std::vector<FeatureMap>& inputs,
                              std::int64_t side, std::int64_t channels) {
  scheduler::Op node{.name = name};
  for (const FeatureMap& map : inputs) {
    const bool is_new = std::find(node.reads.begin(), node.reads.end(), map.id) == node.reads.end();
    if (is_new) node.reads.push_back(map.id);
  }
  const FeatureMap result{add_storage(name, side * side * channels), side, channels};
  node.writes = {result.id};
  problem_.ops.push_back(std::move(node));
  return result;
}

FeatureMap NetworkBuilder::in_place(const std::string& name,
                                    const std::vector<FeatureMap>& inputs) {
  const FeatureMap result = op(name, inputs, inputs.front().side, inputs.front().channels);
  scheduler::Op& node = problem_.ops.back();
  for (const StorageId read : node.reads)
    node.in_place.push_back({read, result.id});
  return result;
}

FeatureMap NetworkBuilder::strided(const std::string& name, const FeatureMap& x,
                                   std::int64_t channels, std::int64_t stride) {
  return op(name, {x}, (x.side + stride - 1) / stride, channels);
}

FeatureMap NetworkBuilder::concat(const std::vector<FeatureMap>& parts) {
  std::int64_t channels = 0;
  for (const FeatureMap& part : parts)
    channels += part.channels;
  return op("concat", parts, parts.front().side, channels);
}

Problem NetworkBuilder::build(const std::vector<FeatureMap>& outputs) const {
  Problem problem = problem_;
  for (const FeatureMap& map : outputs)
    problem.storages[index(map.id)].output = true;
  return problem;
}

}  // namespace tilewright::bench
