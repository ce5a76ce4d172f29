// SPDX-License-Identifier: Apache-2.0
// Runs a graph node by node with the reference kernels: what a graph means, without any of the
// machinery that is under test.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/graph/graph.h"

namespace tilewright::graph::tests {

/// Dense elements of one value.
using Elements = Constant;

/// Elements for the inputs of the graph, in their order: floats around 0, bytes, small integers.
[[nodiscard]] std::vector<Elements> random_inputs(const Graph& graph, std::uint32_t seed);

/// The outputs of the graph, in their order. Fails the test if an op has no reference kernel.
[[nodiscard]] std::vector<Elements> interpret(const Graph& graph, std::span<const Elements> inputs);

/// The first difference between outputs of the two graphs that is above `tolerance`, relative to
/// the largest element of that output (exact for integers); empty if there is none.
[[nodiscard]] std::string first_difference(const Graph& expected, const Graph& actual,
                                           std::uint32_t seed, double tolerance = 1e-4);

}  // namespace tilewright::graph::tests
