// SPDX-License-Identifier: Apache-2.0
#include "tools/networks/weights.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <vector>

namespace tilewright::networks {
namespace {

constexpr std::size_t kLeastBytes = std::size_t{64} << 20;

/// Zeros that the system gives when they are touched.
struct Zeros {
  std::shared_ptr<std::byte> block;
  std::size_t size_bytes = 0;
};

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

}  // namespace

WeightSource shared_zeros() {
  return [zeros = Zeros{}](const TensorSpec& spec, std::int64_t /*fan_in*/) mutable {
    const auto size_bytes = static_cast<std::size_t>(spec.size_bytes());
    if (zeros.size_bytes < size_bytes) {
      zeros.size_bytes = std::max(size_bytes, kLeastBytes);
      zeros.block.reset(static_cast<std::byte*>(std::calloc(zeros.size_bytes, 1)), std::free);
      TILEWRIGHT_CHECK(zeros.block != nullptr);
    }
    // The block is shared by the constants of every network of this source.
    return graph::Constant{zeros.block, {zeros.block.get(), size_bytes}};
  };
}

WeightSource seeded_weights(std::uint64_t seed) {
  return [state = seed](const TensorSpec& spec, std::int64_t fan_in) mutable {
    std::vector<float> elements(static_cast<std::size_t>(spec.shape.elements()), 0.0F);
    const double bound = fan_in > 0 ? std::sqrt(6.0 / static_cast<double>(fan_in)) : 0;
    for (float& element : elements) {
      if (fan_in == 0) break;
      const double unit = std::ldexp(static_cast<double>(next_random(state) >> 11), -53);
      element = static_cast<float>((2 * unit - 1) * bound);
    }
    return graph::copy_constant(std::as_bytes(std::span(elements)));
  };
}

}  // namespace tilewright::networks
