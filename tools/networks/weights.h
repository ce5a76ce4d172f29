// SPDX-License-Identifier: Apache-2.0
// Where the weights of a built network come from: its shape alone matters to the planner, its
// numbers to a run.
#pragma once

#include <cstdint>
#include <functional>

#include "lib/graph/graph.h"

namespace tilewright::networks {

/// The bytes of a constant of this spec. For a filter, `fan_in` is the number of products that are
/// summed for one output element; 0 for a bias.
using WeightSource = std::function<graph::Constant(const TensorSpec& spec, std::int64_t fan_in)>;

/// Zeros of one block that all constants share and that nobody touches: a network of any size takes
/// a few kilobytes.
[[nodiscard]] WeightSource shared_zeros();

/// Float32 numbers that keep the size of activations about the same from layer to layer (He et al.,
/// "Delving deep into rectifiers", 2015, section 2.2, uniform instead of normal); biases are 0. The
/// same on every machine.
[[nodiscard]] WeightSource seeded_weights(std::uint64_t seed);

}  // namespace tilewright::networks
