// SPDX-License-Identifier: Apache-2.0
// Networks of int8 tensors for tests, and the same networks in float32.
#pragma once

#include "lib/graph/graph.h"

namespace tilewright::tests {

/// conv 3x3 with ReLU and padding, conv 1x1 with a filter for every channel's scale, fully
/// connected with ReLU6: 1x12x12x8 to 1x12x12x32.
[[nodiscard]] graph::Graph small_int8_network();

/// The same of float32, with the same shapes and names.
[[nodiscard]] graph::Graph small_float_network();

/// Three convolutions of 40x40x24, of one signature and different scales: enough work that every
/// step is worth sharing.
[[nodiscard]] graph::Graph heavy_int8_network();

/// One fully connected layer; int8 or float32.
[[nodiscard]] graph::Graph one_dense_layer(DType dtype, std::int64_t rows, std::int64_t depth,
                                           std::int64_t columns);

}  // namespace tilewright::tests
