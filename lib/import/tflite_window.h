// SPDX-License-Identifier: Apache-2.0
// Options that convolutions and pooling share: strides, TensorFlow's padding, fused activations.
#pragma once

#include <cstdint>

#include "lib/import/tflite_operator.h"

namespace tilewright::importer::tflite {

/// What the options and operands say of a window. `in` and `kernel` are extents in cells.
struct WindowOptions {
  schema::Padding padding = schema::Padding::VALID;
  std::int64_t in_h = 0, in_w = 0;
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int32_t stride_h = 1, stride_w = 1;
  std::int32_t dilation_h = 1, dilation_w = 1;
};

/// The window with its padding in cells: SAME gives ceil(in / stride) outputs, and an odd cell goes
/// to the bottom or right; VALID pads nothing. Errors: InvalidModel.
[[nodiscard]] Result<Window> read_window(const OperatorReader& op, const WindowOptions& options);

/// Errors: InvalidModel for a value outside the format, Unsupported for SIGN_BIT.
[[nodiscard]] Result<Activation> read_activation(const OperatorReader& op,
                                                 schema::ActivationFunctionType function);

}  // namespace tilewright::importer::tflite
