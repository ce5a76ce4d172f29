// SPDX-License-Identifier: Apache-2.0
// TRANSPOSE_CONV: the file gives the output's shape, from which the padding follows.
#include <algorithm>
#include <limits>
#include <utility>

#include "lib/import/tflite_convolution.h"
#include "lib/import/tflite_ops.h"
#include "lib/import/tflite_window.h"

namespace tilewright::importer::tflite {
namespace {

enum TransposeConvOperand : std::size_t { kOutputShape, kFilter, kImage, kBias };

/// Cells cut from the scattered output before and after it, and cells added behind it.
struct Crop {
  std::int32_t before = 0, after = 0, added = 0;
};

/// The convolution whose gradient this is reads `out` cells and gives `in`; `before` is its
/// padding.
Result<Crop> crop(const OperatorReader& op, std::int64_t in, std::int64_t out, std::int64_t kernel,
                  std::int64_t stride, std::int64_t before) {
  const std::int64_t scattered = (in - 1) * stride + kernel;
  const std::int64_t after = scattered - before - out;
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (std::max({scattered, out, before}) > kMost) {
    return op.misfit("expected less than 2^31 output rows and columns, got more");
  }
  // What lies further behind than this no input reaches: the file means another stride or input.
  if (-after >= stride) {
    return op.misfit("output_shape: expected at most " +
                     std::to_string(scattered - before + stride - 1) + " cells of " +
                     std::to_string(in) + " with stride " + std::to_string(stride) + ", got " +
                     std::to_string(out));
  }
  return Crop{.before = static_cast<std::int32_t>(before),
              .after = static_cast<std::int32_t>(std::max(after, std::int64_t{0})),
              .added = static_cast<std::int32_t>(std::max(-after, std::int64_t{0}))};
}

Status check_output_shape(const OperatorReader& op, std::span<const std::int64_t> out,
                          const Shape& x, const Shape& filter) {
  if (out[0] == x[0] && out[1] >= 1 && out[2] >= 1 && out[3] == filter[0]) return ok();
  return op.misfit("output_shape: expected batch " + std::to_string(x[0]) + " and channels " +
                   std::to_string(filter[0]) + ", got " + std::to_string(out[0]) + "x" +
                   std::to_string(out[1]) + "x" + std::to_string(out[2]) + "x" +
                   std::to_string(out[3]));
}

}  // namespace

Status import_transpose_conv(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::TransposeConvOptions>());
  const ValueId x = op.input(kImage);
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank4(op, x, op.input(kFilter)));
  TILEWRIGHT_TRY(const ValueId filter, read_weights(op, x, op.input(kFilter)));
  const Shape in = op.shape(x);
  const Shape kernel = op.shape(filter);
  TILEWRIGHT_TRY(const auto out, op.integers(kOutputShape, "output_shape", 4));
  TILEWRIGHT_RETURN_IF_ERROR(check_output_shape(op, out, in, kernel));
  TILEWRIGHT_TRY(Window window, read_window(op, {.padding = options->padding(),
                                                 .in_h = out[1],
                                                 .in_w = out[2],
                                                 .kernel_h = kernel[1],
                                                 .kernel_w = kernel[2],
                                                 .stride_h = options->stride_h(),
                                                 .stride_w = options->stride_w()}));
  TILEWRIGHT_TRY(const Crop rows,
                 crop(op, in[1], out[1], kernel[1], window.stride_h, window.pad_top));
  TILEWRIGHT_TRY(const Crop columns,
                 crop(op, in[2], out[2], kernel[2], window.stride_w, window.pad_left));
  window.pad_bottom = rows.after;
  window.pad_right = columns.after;
  TILEWRIGHT_TRY(const Activation activation,
                 read_activation(op, options->fused_activation_function()));
  TILEWRIGHT_TRY(const ValueId bias, read_bias(op, kBias, x, kernel[0]));
  return op.finish(ConvTranspose2d{.window = window,
                                   .output_pad_h = rows.added,
                                   .output_pad_w = columns.added,
                                   .activation = activation},
                   {x, filter, bias});
}

}  // namespace tilewright::importer::tflite
