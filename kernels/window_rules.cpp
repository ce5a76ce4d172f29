// SPDX-License-Identifier: Apache-2.0
// Ops whose window walks over h and w: convolutions, pooling and resizing.
#include <algorithm>
#include <cmath>

#include "kernels/op_inference.h"

namespace tilewright::kernels {
namespace {

/// One spatial dimension of a window.
struct WindowAxis {
  std::string_view name;
  std::int64_t extent, kernel, stride, dilation, pad_before, pad_after;
};

WindowAxis rows(const Window& window, std::int64_t extent, std::int64_t kernel) {
  return {.name = "rows",
          .extent = extent,
          .kernel = kernel,
          .stride = window.stride_h,
          .dilation = window.dilation_h,
          .pad_before = window.pad_top,
          .pad_after = window.pad_bottom};
}

WindowAxis columns(const Window& window, std::int64_t extent, std::int64_t kernel) {
  return {.name = "columns",
          .extent = extent,
          .kernel = kernel,
          .stride = window.stride_w,
          .dilation = window.dilation_w,
          .pad_before = window.pad_left,
          .pad_after = window.pad_right};
}

Status check_axis(const WindowAxis& axis) {
  const std::string name(axis.name);
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(axis.kernel, "kernel " + name, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(axis.stride, "a stride over " + name, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(axis.dilation, "a dilation over " + name, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(axis.pad_before, "padding of " + name, 0));
  return expect_at_least(axis.pad_after, "padding of " + name, 0);
}

/// Cells from the first to the last one that the kernel reads.
Result<std::int64_t> reach(const WindowAxis& axis) {
  const auto cells = bounded_multiply_add(axis.kernel - 1, axis.dilation, 1);
  if (cells) return *cells;
  return mismatch("a kernel that reaches over at most " + std::to_string(kMaxElements) + " " +
                      std::string(axis.name),
                  std::to_string(axis.kernel) + " with dilation " + std::to_string(axis.dilation));
}

Result<std::int64_t> window_outputs(const WindowAxis& axis) {
  TILEWRIGHT_RETURN_IF_ERROR(check_axis(axis));
  TILEWRIGHT_TRY(const std::int64_t cells, reach(axis));
  const std::int64_t padded = axis.extent + axis.pad_before + axis.pad_after;
  if (cells > padded) {
    return mismatch(
        "a window of at most " + std::to_string(padded) + " padded " + std::string(axis.name),
        cells);
  }
  return (padded - cells) / axis.stride + 1;
}

/// A pooling window must see at least one cell of x wherever it stands.
Status expect_cells_inside(const WindowAxis& axis) {
  TILEWRIGHT_TRY(const std::int64_t cells, reach(axis));
  const std::int64_t padding = std::max(axis.pad_before, axis.pad_after);
  if (padding == 0 || (padding < cells && axis.dilation <= axis.extent)) return ok();
  return mismatch("a window that never lies in the padding alone",
                  std::to_string(cells) + " " + std::string(axis.name) + ", dilation " +
                      std::to_string(axis.dilation) + ", padding " + std::to_string(padding));
}

/// Floating point filters are of the input's dtype; integer inputs take 8-bit filters and wide
/// biases.
Status expect_weight_dtypes(Operands src) {
  const DType dtype = src[0].dtype;
  switch (dtype) {
    case DType::Float16:
    case DType::Float32:
    case DType::Float64:
      TILEWRIGHT_RETURN_IF_ERROR(expect_dtype(src[1], "filter", dtype));
      return expect_dtype(src[2], "bias", dtype);
    case DType::Int8:
    case DType::UInt8:
    case DType::Int16:
      if (src[1].dtype != DType::Int8 && src[1].dtype != DType::UInt8) {
        return mismatch("filter of int8 or uint8", to_string(src[1].dtype));
      }
      if (src[2].dtype == DType::Int64 && dtype == DType::Int16) return ok();
      return expect_dtype(src[2], "bias", DType::Int32);
    case DType::Int32:
    case DType::Int64:
    case DType::Bool:
      return mismatch("input of a floating point or quantised type", to_string(dtype));
  }
  return ok();
}

Status expect_weights(Operands src, int filter_rank) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[0], "input", 4));
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[1], "filter", filter_rank));
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[2], "bias", 1));
  return expect_weight_dtypes(src);
}

}  // namespace

Result<TensorSpec> infer(const Conv2d& op, Operands src) {
  if (src.size() != 4) TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 3));
  TILEWRIGHT_RETURN_IF_ERROR(expect_weights(src, 4));
  const Shape& x = src[0].shape;
  const Shape& filter = src[1].shape;
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(op.groups, "groups", 1));
  if (x[3] % op.groups != 0) {
    return mismatch("input channels that " + std::to_string(op.groups) + " groups divide", x[3]);
  }
  if (filter[0] % op.groups != 0) {
    return mismatch("output channels that " + std::to_string(op.groups) + " groups divide",
                    filter[0]);
  }
  TILEWRIGHT_RETURN_IF_ERROR(expect_extent(filter[3], "filter channels", x[3] / op.groups));
  TILEWRIGHT_RETURN_IF_ERROR(expect_extent(src[2].shape[0], "bias elements", filter[0]));
  TILEWRIGHT_TRY(const std::int64_t out_h, window_outputs(rows(op.window, x[1], filter[1])));
  TILEWRIGHT_TRY(const std::int64_t out_w, window_outputs(columns(op.window, x[2], filter[2])));
  TILEWRIGHT_TRY(TensorSpec dst, checked_spec(src[0].dtype, {x[0], out_h, out_w, filter[0]}));
  if (src.size() == 4) {
    TILEWRIGHT_RETURN_IF_ERROR(expect_dtype(src[3], "residual", dst.dtype));
    if (src[3].shape != dst.shape) {
      return mismatch("residual of shape " + to_string(dst.shape), to_string(src[3].shape));
    }
  }
  return dst;
}

Result<TensorSpec> infer(const DepthwiseConv2d& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 3));
  TILEWRIGHT_RETURN_IF_ERROR(expect_weights(src, 3));
  const Shape& x = src[0].shape;
  const Shape& filter = src[1].shape;
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(x[3], "input channels", 1));
  if (filter[2] % x[3] != 0) {
    return mismatch("output channels that are a multiple of " + std::to_string(x[3]), filter[2]);
  }
  TILEWRIGHT_RETURN_IF_ERROR(expect_extent(src[2].shape[0], "bias elements", filter[2]));
  TILEWRIGHT_TRY(const std::int64_t out_h, window_outputs(rows(op.window, x[1], filter[0])));
  TILEWRIGHT_TRY(const std::int64_t out_w, window_outputs(columns(op.window, x[2], filter[1])));
  return checked_spec(src[0].dtype, {x[0], out_h, out_w, filter[2]});
}

namespace {

Result<std::int64_t> transposed_outputs(const WindowAxis& axis, std::int64_t output_pad) {
  TILEWRIGHT_RETURN_IF_ERROR(check_axis(axis));
  const std::string name(axis.name);
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(axis.extent, "input " + name, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(output_pad, "output padding of " + name, 0));
  TILEWRIGHT_TRY(const std::int64_t cells, reach(axis));
  const auto spread = bounded_multiply_add(axis.extent - 1, axis.stride, cells + output_pad);
  if (!spread) {
    return mismatch("at most " + std::to_string(kMaxElements) + " output " + name,
                    std::to_string(axis.extent) + " with stride " + std::to_string(axis.stride));
  }
  const std::int64_t outputs = *spread - axis.pad_before - axis.pad_after;
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(outputs, "output " + name, 1));
  return outputs;
}

}  // namespace

Result<TensorSpec> infer(const ConvTranspose2d& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 3));
  TILEWRIGHT_RETURN_IF_ERROR(expect_weights(src, 4));
  const Shape& x = src[0].shape;
  const Shape& filter = src[1].shape;
  TILEWRIGHT_RETURN_IF_ERROR(expect_extent(x[3], "input channels", filter[3]));
  TILEWRIGHT_RETURN_IF_ERROR(expect_extent(src[2].shape[0], "bias elements", filter[0]));
  TILEWRIGHT_TRY(const std::int64_t out_h,
                 transposed_outputs(rows(op.window, x[1], filter[1]), op.output_pad_h));
  TILEWRIGHT_TRY(const std::int64_t out_w,
                 transposed_outputs(columns(op.window, x[2], filter[2]), op.output_pad_w));
  return checked_spec(src[0].dtype, {x[0], out_h, out_w, filter[0]});
}

Result<TensorSpec> infer(const FullyConnected&, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 3));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(src[0].shape.rank(), "input rank", 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[1], "weights", 2));
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[2], "bias", 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_weight_dtypes(src));
  const Shape& weights = src[1].shape;
  TILEWRIGHT_RETURN_IF_ERROR(expect_extent(src[0].shape.last(), "input channels", weights[1]));
  TILEWRIGHT_RETURN_IF_ERROR(expect_extent(src[2].shape[0], "bias elements", weights[0]));
  Shape shape = src[0].shape;
  shape[shape.rank() - 1] = weights[0];
  return checked_spec(src[0].dtype, shape);
}

Result<TensorSpec> infer(const Pool2d& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[0], "input", 4));
  const Shape& x = src[0].shape;
  const WindowAxis over_rows = rows(op.window, x[1], op.kernel_h);
  const WindowAxis over_columns = columns(op.window, x[2], op.kernel_w);
  TILEWRIGHT_TRY(const std::int64_t out_h, window_outputs(over_rows));
  TILEWRIGHT_TRY(const std::int64_t out_w, window_outputs(over_columns));
  TILEWRIGHT_RETURN_IF_ERROR(expect_cells_inside(over_rows));
  TILEWRIGHT_RETURN_IF_ERROR(expect_cells_inside(over_columns));
  return checked_spec(src[0].dtype, {x[0], out_h, out_w, x[3]});
}

Result<TensorSpec> infer(const Resize2d& op, Operands src) {
  TILEWRIGHT_RETURN_IF_ERROR(expect_inputs(src, 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_rank(src[0], "input", 4));
  const Shape& x = src[0].shape;
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(x[1], "input rows", 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(x[2], "input columns", 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(op.out_h, "output rows", 1));
  TILEWRIGHT_RETURN_IF_ERROR(expect_at_least(op.out_w, "output columns", 1));
  for (const float scale : {op.scale_h, op.scale_w}) {
    if (!std::isfinite(scale) || scale < 0) {
      return mismatch("finite scales of at least 0", std::to_string(scale));
    }
  }
  return checked_spec(src[0].dtype, {x[0], op.out_h, op.out_w, x[3]});
}

}  // namespace tilewright::kernels
