// SPDX-License-Identifier: Apache-2.0
// Builds planning problems from layers by their shapes alone: one byte per element, batch 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/problem.h"

namespace tilewright::bench {

/// Every offset and size of the networks of this folder is a multiple of it.
inline constexpr std::int64_t kNetworkAlignmentBytes = 64;

/// A square feature map.
struct FeatureMap {
  scheduler::StorageId id{};
  std::int64_t side = 0;  // height and width
  std::int64_t channels = 0;
};

class NetworkBuilder {
 public:
  NetworkBuilder() { problem_.alignment_bytes = kNetworkAlignmentBytes; }

  FeatureMap input(std::int64_t side, std::int64_t channels);

  /// An op that reads each of `inputs` and writes a new map of `side` and `channels`.
  FeatureMap op(const std::string& name, const std::vector<FeatureMap>& inputs, std::int64_t side,
                std::int64_t channels);

  /// An op whose result has the shape of its inputs and may lie on any of them.
  FeatureMap in_place(const std::string& name, const std::vector<FeatureMap>& inputs);

  /// `name` with stride `stride`, padded so that the side is divided and rounded up.
  FeatureMap strided(const std::string& name, const FeatureMap& x, std::int64_t channels,
                     std::int64_t stride);

  FeatureMap relu(const FeatureMap& x) { return in_place("relu", {x}); }
  FeatureMap add(const FeatureMap& a, const FeatureMap& b) { return in_place("add", {a, b}); }

  /// All channels of `parts`, copied.
  FeatureMap concat(const std::vector<FeatureMap>& parts);

  /// The problem whose outputs are `outputs`.
  [[nodiscard]] scheduler::Problem build(const std::vector<FeatureMap>& outputs) const;

 private:
  scheduler::StorageId add_storage(const std::string& name, std::int64_t bytes);

  scheduler::Problem problem_;
};

}  // namespace tilewright::bench
