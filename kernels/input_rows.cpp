// SPDX-License-Identifier: Apache-2.0
#include "kernels/input_rows.h"

#include <algorithm>
#include <string_view>

#include "kernels/resize/coordinates.h"
#include "kernels/winograd/winograd.h"

namespace tilewright::kernels {
namespace {

/// Families whose kernels touch nothing beyond the lines or rows that the rules below name.
constexpr std::string_view kKnownReaders[] = {"conv_transpose", "copy",        "depthwise", "dot",
                                              "dot_i8",         "elementwise", "norm",      "pool",
                                              "resize",         "softmax",     "winograd"};

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((b - 1 - a) / b);
}

/// A window along the height of its input.
struct LineWindow {
  std::int64_t taps, stride, dilation, pad;
};

LineWindow line_window(std::int64_t taps, const Window& window) {
  return {taps, window.stride_h, window.dilation_h, window.pad_top};
}

/// Lines of an image that line `y` of the output is made of; ends may lie outside.
RowRange lines_of(const LineWindow& window, std::int64_t y) {
  const std::int64_t first = y * window.stride - window.pad;
  return {first, first + (window.taps - 1) * window.dilation + 1};
}

/// Of a transposed convolution those whose windows hold line `y`, and what lies between.
RowRange lines_around(const LineWindow& window, std::int64_t y) {
  const std::int64_t last = y + window.pad;
  const std::int64_t first = last - (window.taps - 1) * window.dilation;
  return {-floor_quotient(-first, window.stride), floor_quotient(last, window.stride) + 1};
}

/// Of tiles that begin at the first line.
RowRange lines_of_tile(std::int64_t outputs, const LineWindow& window, std::int64_t y) {
  const std::int64_t first = y / outputs * outputs - window.pad;
  return {first, first + outputs + window.taps - 1};
}

RowRange lines_of(const Resize2d& op, std::int64_t src_lines, std::int64_t y) {
  const ResizeAxis axis{op.coordinates, src_lines, op.out_h, op.scale_h};
  if (op.mode == ResizeMode::Nearest) {
    const std::int64_t line = nearest_cell(axis, op.rounding, y);
    return {line, line + 1};
  }
  const LinearCells cells = linear_cells(axis, y);
  return {cells.first, cells.second + 1};
}

/// Of padding along one dimension. Lines of a reflection go back: the first that some later line
/// reads, and the last that some earlier one does.
RowRange lines_of(const Pad& op, int axis, std::int64_t src_lines, std::int64_t y) {
  const std::int64_t before = op.before[static_cast<std::size_t>(axis)];
  const std::int64_t after = op.after[static_cast<std::size_t>(axis)];
  const std::int64_t line = y - before;
  switch (op.mode) {
    case PadMode::Constant:
      return {line, line + 1};
    case PadMode::Edge: {
      const std::int64_t edge = std::clamp(line, std::int64_t{0}, src_lines - 1);
      return {edge, edge + 1};
    }
    case PadMode::Reflect:
      return {std::min(line, src_lines - 1 - after), std::max(line, before) + 1};
  }
  return {0, src_lines};
}

/// The first dimension that is padded; the last one if no other is.
int padded_axis(const Pad& op, int rank) {
  int axis = 0;
  while (axis + 1 < rank && op.before[static_cast<std::size_t>(axis)] == 0 &&
         op.after[static_cast<std::size_t>(axis)] == 0)
    ++axis;
  return axis;
}

/// The dimension along which lines lie.
int line_axis(const Call& call) {
  const auto* pad = std::get_if<Pad>(&call.op);
  return pad == nullptr ? 1 : padded_axis(*pad, call.dst.shape.rank());
}

/// Lines of the first input's image that line `y` of the output's is made of; both ends grow with
/// `y` and may lie outside. None if the op is not made line by line.
std::optional<RowRange> lines_read(const Call& call, const Kernel& kernel, std::int64_t y) {
  const Shape& src = call.src[0].shape;
  if (const auto* conv = std::get_if<Conv2d>(&call.op)) {
    const LineWindow window = line_window(call.src[1].shape[1], conv->window);
    const std::int64_t outputs = winograd_outputs(kernel);
    return outputs > 0 ? lines_of_tile(outputs, window, y) : lines_of(window, y);
  }
  if (const auto* depthwise = std::get_if<DepthwiseConv2d>(&call.op))
    return lines_of(line_window(call.src[1].shape[0], depthwise->window), y);
  if (const auto* pool = std::get_if<Pool2d>(&call.op))
    return lines_of(line_window(pool->kernel_h, pool->window), y);
  if (const auto* transposed = std::get_if<ConvTranspose2d>(&call.op))
    return lines_around(line_window(call.src[1].shape[1], transposed->window), y);
  if (const auto* resize = std::get_if<Resize2d>(&call.op)) return lines_of(*resize, src[1], y);
  if (const auto* pad = std::get_if<Pad>(&call.op)) {
    const int axis = line_axis(call);
    return lines_of(*pad, axis, src[axis], y);
  }
  if (const auto* depth = std::get_if<DepthToSpace>(&call.op))
    return RowRange{y / depth->block, y / depth->block + 1};
  return std::nullopt;
}

std::optional<RowRange> rows_of_lines(const Call& call, const Kernel& kernel, RowRange rows) {
  if (!lines_read(call, kernel, 0)) return std::nullopt;
  const int axis = line_axis(call);
  const Shape& src = call.src[0].shape;
  const std::int64_t dst_lines = call.dst.shape[axis];
  const std::int64_t dst_line_rows = rows_of_axis(call.dst.shape, axis + 1);
  // The first row of line `y` of the image that `line` is in, or the end next to it.
  const auto row_at = [&](std::int64_t line, std::int64_t y) {
    const std::int64_t inside = std::clamp(y, std::int64_t{0}, src[axis]);
    return (line / dst_lines * src[axis] + inside) * rows_of_axis(src, axis + 1);
  };
  const std::int64_t first = rows.begin / dst_line_rows;
  const std::int64_t last = (rows.end - 1) / dst_line_rows;
  const std::int64_t begin = row_at(first, lines_read(call, kernel, first % dst_lines)->begin);
  const std::int64_t end = row_at(last, lines_read(call, kernel, last % dst_lines)->end);
  return RowRange{begin, std::max(begin, end)};
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
  if (const auto* pad = std::get_if<Pad>(&op)) {
    const int rank = call.dst.shape.rank();
    return rank > 0 && padded_axis(*pad, rank) == rank - 1;
  }
  return input == 0 &&
         (std::holds_alternative<Activate>(op) || std::holds_alternative<Unary>(op) ||
          std::holds_alternative<FullyConnected>(op) || std::holds_alternative<LayerNorm>(op));
}

}  // namespace

std::optional<RowRange> input_rows(const Call& call, const Kernel& kernel, std::size_t input,
                                   RowRange rows) {
  if (std::ranges::find(kKnownReaders, kernel.family) == std::end(kKnownReaders))
    return std::nullopt;
  if (is_row_by_row(call, input)) return rows;
  // A softmax makes the rows along its axis from each other.
  if (const auto* softmax = std::get_if<Softmax>(&call.op))
    return whole_blocks(rows, rows_of_axis(call.dst.shape, softmax->axis));
  return input == 0 ? rows_of_lines(call, kernel, rows) : std::nullopt;
}

}  // namespace tilewright::kernels
