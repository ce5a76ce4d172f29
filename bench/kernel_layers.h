// SPDX-License-Identifier: Apache-2.0
// The layers of well-known networks that kernel_bench measures.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tilewright/ops.h"
#include "tilewright/tensor.h"

namespace tilewright::bench {

/// One op with its operands; constants are all but the first and the residual.
struct Layer {
  std::string name;
  Op op;
  std::vector<TensorSpec> src;
  TensorSpec dst;

  /// Rows and depth of the matrix product; 0 for a depthwise convolution.
  std::int64_t m = 0, k = 0;
};

/// The dense convolutions of MobileNet v1 and v2 (1.0, 224) and ResNet-50, each shape once.
[[nodiscard]] std::vector<Layer> dense_layers();

/// Their fully connected layers, a transposed convolution of U-Net, and the depthwise convolutions
/// of MobileNet v1 and v2; some with larger filters as well.
[[nodiscard]] std::vector<Layer> other_layers();

/// Those of `layers` that int8 kernels may compute, as int8.
[[nodiscard]] std::vector<Layer> int8_layers(const std::vector<Layer>& layers);

}  // namespace tilewright::bench
