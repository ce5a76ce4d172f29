// SPDX-License-Identifier: Apache-2.0
// CONV_2D and DEPTHWISE_CONV_2D as read from the file, before they become nodes: a dilated
// convolution that was written as three operators changes the window in between.
#pragma once

#include <vector>

#include "lib/import/tflite_operator.h"

namespace tilewright::importer::tflite {

struct ConvolutionNode {
  Op op;                        // Conv2d or DepthwiseConv2d
  std::vector<ValueId> inputs;  // x, filter, bias

  [[nodiscard]] Window& window();
};

/// Both must have four dimensions, and the filter elements. Errors: as shapes that do not fit.
[[nodiscard]] Status expect_rank4(const OperatorReader& op, ValueId x, ValueId filter);

/// Reads a convolution that is applied to `x`. Errors: InvalidModel, Unsupported.
[[nodiscard]] Result<ConvolutionNode> read_convolution(OperatorReader& op, ValueId x);

/// The bias operand at position `i`, or zeros of `count` elements.
[[nodiscard]] Result<ValueId> read_bias(OperatorReader& op, std::size_t i, ValueId x,
                                        std::int64_t count);

/// The weights as `x` needs them: quantised ones of a network that computes in float32 become
/// float32. Notes weights that are computed at run time as unsupported. Errors: Unsupported, for
/// weights of another kind than `x`; ResourceExhausted.
[[nodiscard]] Result<ValueId> read_weights(OperatorReader& op, ValueId x, ValueId weights);

}  // namespace tilewright::importer::tflite
