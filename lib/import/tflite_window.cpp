// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_window.h"

#include <algorithm>
#include <limits>

namespace tilewright::importer::tflite {
namespace {

struct Padded {
  std::int32_t before = 0, after = 0;
};

Status expect_positive(const OperatorReader& op, const char* name, std::int64_t value) {
  if (value >= 1) return ok();
  return op.invalid("expected " + std::string(name) + " of at least 1, got " +
                    std::to_string(value));
}

/// Source: TensorFlow, "Neural Network" API guide, the notes on padding.
Result<Padded> same_padding(const OperatorReader& op, std::int64_t in, std::int64_t kernel,
                            std::int64_t stride, std::int64_t dilation) {
  if (in == 0) return Padded{};
  const std::int64_t out = (in + stride - 1) / stride;
  const std::int64_t total =
      std::max((out - 1) * stride + (kernel - 1) * dilation + 1 - in, std::int64_t{0});
  if (total > std::numeric_limits<std::int32_t>::max()) {
    return op.invalid("expected padding of less than 2^31 cells, got " + std::to_string(total));
  }
  const auto before = static_cast<std::int32_t>(total / 2);
  return Padded{.before = before, .after = static_cast<std::int32_t>(total) - before};
}

}  // namespace

Result<Window> read_window(const OperatorReader& op, const WindowOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_positive(op, "stride_h", options.stride_h));
  TILEWRIGHT_RETURN_IF_ERROR(expect_positive(op, "stride_w", options.stride_w));
  TILEWRIGHT_RETURN_IF_ERROR(expect_positive(op, "dilation_h_factor", options.dilation_h));
  TILEWRIGHT_RETURN_IF_ERROR(expect_positive(op, "dilation_w_factor", options.dilation_w));
  TILEWRIGHT_RETURN_IF_ERROR(expect_positive(op, "a kernel height", options.kernel_h));
  TILEWRIGHT_RETURN_IF_ERROR(expect_positive(op, "a kernel width", options.kernel_w));
  Window window{.stride_h = options.stride_h,
                .stride_w = options.stride_w,
                .dilation_h = options.dilation_h,
                .dilation_w = options.dilation_w};
  if (options.padding == schema::Padding::VALID) return window;
  if (options.padding != schema::Padding::SAME) {
    return op.invalid("padding: expected 0 (SAME) or 1 (VALID), got " +
                      std::to_string(static_cast<int>(options.padding)));
  }
  TILEWRIGHT_TRY(const Padded rows, same_padding(op, options.in_h, options.kernel_h,
                                                 options.stride_h, options.dilation_h));
  TILEWRIGHT_TRY(const Padded columns, same_padding(op, options.in_w, options.kernel_w,
                                                    options.stride_w, options.dilation_w));
  window.pad_top = rows.before;
  window.pad_bottom = rows.after;
  window.pad_left = columns.before;
  window.pad_right = columns.after;
  return window;
}

Result<Activation> read_activation(const OperatorReader& op,
                                   schema::ActivationFunctionType function) {
  using enum schema::ActivationFunctionType;
  switch (function) {
    case NONE:
      return Activation{};
    case RELU:
      return Activation{.kind = ActivationKind::Relu};
    case RELU_N1_TO_1:
      return Activation{.kind = ActivationKind::Clamp, .alpha = -1, .beta = 1};
    case RELU6:
      return Activation{.kind = ActivationKind::Relu6};
    case TANH:
      return Activation{.kind = ActivationKind::Tanh};
    case SIGN_BIT:
      return op.unsupported("fused_activation_function SIGN_BIT");
  }
  return op.invalid("fused_activation_function: expected 0 to 5, got " +
                    std::to_string(static_cast<int>(function)));
}

}  // namespace tilewright::importer::tflite
