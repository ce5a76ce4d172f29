// SPDX-License-Identifier: Apache-2.0
#include "kernels/input_rows.h"

#include <algorithm>
#include <string_view>

namespace tilewright::kernels {
namespace {

/// Families whose kernels touch nothing beyond the windows of the rows asked for. Winograd's read
/// whole tiles.
constexpr std::string_view kExactReaders[] = {"depthwise", "dot",  "dot_i8", "elementwise",
                                              "norm",      "pool", "softmax"};

/// A window along the height of its input.
struct LineWindow {
  std::int64_t taps, stride, dilation, pad;
};

std::optional<LineWindow> line_window(const Call& call) {
  const auto of = [](std::int64_t taps, const Window& window) {
    return LineWindow{taps, window.stride_h, window.dilation_h, window.pad_top};
  };
  if (const auto* conv = std::get_if<Conv2d>(&call.op))
    return of(call.src[1].shape[1], conv->window);
  if (const auto* depthwise = std::get_if<DepthwiseConv2d>(&call.op))
    return of(call.src[1].shape[0], depthwise->window);
  if (const auto* pool = std::get_if<Pool2d>(&call.op)) return of(pool->kernel_h, pool->window);
  return std::nullopt;
}

RowRange window_rows(const LineWindow& window, const Shape& src, const Shape& dst, RowRange rows) {
  const auto line_at = [&](std::int64_t row, std::int64_t tap) {
    const std::int64_t line = row / dst[2];
    const std::int64_t y = line % dst[1] * window.stride - window.pad + tap * window.dilation;
    return line / dst[1] * src[1] + std::clamp(y, std::int64_t{-1}, src[1]);
  };
  const std::int64_t image = rows.begin / dst[2] / dst[1] * src[1];
  const std::int64_t first = std::max(line_at(rows.begin, 0), image);
  const std::int64_t last_image = (rows.end - 1) / dst[2] / dst[1] * src[1];
  const std::int64_t end =
      std::min(line_at(rows.end - 1, window.taps - 1) + 1, last_image + src[1]);
  return {first * src[2], std::max(first, end) * src[2]};
}

RowRange whole_blocks(RowRange rows, std::int64_t block) {
  return {rows.begin / block * block, (rows.end + block - 1) / block * block};
}

/// Whether both have the same rows, though not of the same length.
bool has_rows_of(const Shape& a, const Shape& b) {
  const auto outer = [](const Shape& shape) {
    return shape.dims().first(static_cast<std::size_t>(std::max(shape.rank() - 1, 0)));
  };
  return a.rank() == b.rank() && std::ranges::equal(outer(a), outer(b));
}

/// Whether row i of the input is what row i of the output is made of.
bool is_row_by_row(const Call& call, std::size_t input) {
  const Op& op = call.op;
  if (std::holds_alternative<Conv2d>(op)) return input == 3;
  if (std::holds_alternative<Binary>(op)) return has_rows_of(call.src[input].shape, call.dst.shape);
  if (const auto* matmul = std::get_if<MatMul>(&op)) {
    return input == 0 && !matmul->transpose_a && has_rows_of(call.src[0].shape, call.dst.shape);
  }
  return input == 0 &&
         (std::holds_alternative<Activate>(op) || std::holds_alternative<Unary>(op) ||
          std::holds_alternative<FullyConnected>(op) || std::holds_alternative<LayerNorm>(op));
}

}  // namespace

std::optional<RowRange> input_rows(const Call& call, const Kernel& kernel, std::size_t input,
                                   RowRange rows) {
  if (std::ranges::find(kExactReaders, kernel.family) == std::end(kExactReaders))
    return std::nullopt;
  if (is_row_by_row(call, input)) return rows;
  // A softmax makes the rows along its axis from each other.
  if (const auto* softmax = std::get_if<Softmax>(&call.op))
    return whole_blocks(rows, rows_of_axis(call.dst.shape, softmax->axis));
  const std::optional<LineWindow> window = line_window(call);
  if (!window || input != 0) return std::nullopt;
  return window_rows(*window, call.src[0].shape, call.dst.shape, rows);
}

}  // namespace tilewright::kernels
