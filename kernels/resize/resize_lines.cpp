// SPDX-License-Identifier: Apache-2.0
#include "kernels/resize/resize_lines.h"

#include <cstring>

#include "kernels/halide/buffer_view.h"
#include "kernels/resize/coordinates.h"
#include "kernels/resize/resize_variant.h"
#include "kernels/row_boxes.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

/// Columns that a float counts exactly.
constexpr std::int64_t kMaxColumns = std::int64_t{1} << 24;

bool is_mode(const Call& call, ResizeMode mode) {
  const auto* op = std::get_if<Resize2d>(&call.op);
  return op != nullptr && op->mode == mode;
}

ResizeAxis vertical(const KernelArgs& args, const Resize2d& op) {
  return {op.coordinates, args.src[0].shape[1], op.out_h, op.scale_h};
}
ResizeAxis horizontal(const KernelArgs& args, const Resize2d& op) {
  return {op.coordinates, args.src[0].shape[2], op.out_w, op.scale_w};
}

/// A piece of a line of output pixels: [begin, end) of line y of image n.
struct PixelLine {
  std::int64_t n, y, begin, end;
};

template <typename F>
void for_each_line(const KernelArgs& args, F&& f) {
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    for (std::int64_t n = box.begin[0]; n < box.begin[0] + box.extent[0]; ++n) {
      for (std::int64_t y = box.begin[1]; y < box.begin[1] + box.extent[1]; ++y)
        f(PixelLine{n, y, box.begin[2], box.begin[2] + box.extent[2]});
    }
  });
}

std::int64_t line_offset(const TensorRef& tensor, std::int64_t n, std::int64_t y) {
  return n * tensor.strides[0] + y * tensor.strides[1];
}

/// The columns of the output that a range of rows touches.
struct Columns {
  std::int64_t begin;
  std::int64_t end;
};

Columns columns_of(const KernelArgs& args) {
  const std::int64_t width = args.dst.shape[2];
  const std::int64_t begin = args.row_begin % width;
  const std::int64_t count = args.row_end - args.row_begin;
  return begin + count <= width ? Columns{begin, begin + count} : Columns{0, width};
}

}  // namespace

bool nearest_supports(const Call& call, const Kernel&) {
  return is_mode(call, ResizeMode::Nearest) && call.src[0].dtype == call.dst.dtype;
}

std::int64_t nearest_scratch_bytes(const Call& call, const Kernel&, const KernelConfig&) {
  return call.dst.shape[2] * static_cast<std::int64_t>(sizeof(std::int64_t));
}

void run_nearest_lines(const KernelArgs& args) {
  const auto& op = *std::get_if<Resize2d>(&args.op);
  const TensorRef& src = args.src[0];
  const std::int64_t bytes = size_bytes(src.dtype);
  const auto pixel_bytes = static_cast<std::size_t>(src.shape[3] * bytes);
  const ResizeAxis rows = vertical(args, op);
  const ResizeAxis columns = horizontal(args, op);
  auto* src_offsets = reinterpret_cast<std::int64_t*>(args.scratch);
  const Columns touched = columns_of(args);
  for (std::int64_t x = touched.begin; x < touched.end; ++x)
    src_offsets[x] = nearest_cell(columns, op.rounding, x) * src.strides[2] * bytes;
  for_each_line(args, [&](const PixelLine& line) {
    const std::int64_t src_y = nearest_cell(rows, op.rounding, line.y);
    const std::byte* from = src.data + line_offset(src, line.n, src_y) * bytes;
    std::byte* to = args.dst.data + line_offset(args.dst, line.n, line.y) * bytes;
    for (std::int64_t x = line.begin; x < line.end; ++x)
      std::memcpy(to + x * args.dst.strides[2] * bytes, from + src_offsets[x], pixel_bytes);
  });
}

bool bilinear_supports(const Call& call, const Kernel&) {
  return is_mode(call, ResizeMode::Bilinear) && is_float_op<Resize2d>(call) &&
         is_small_enough(call) && call.src[0].shape[2] <= kMaxColumns;
}

std::int64_t bilinear_scratch_bytes(const Call& call, const Kernel&, const KernelConfig&) {
  return 3 * call.dst.shape[2] * static_cast<std::int64_t>(sizeof(float));
}

void run_bilinear_lines(const KernelArgs& args) {
  const auto& op = *std::get_if<Resize2d>(&args.op);
  const BilinearLine run_line = variant_of<ResizeVariant>(args.kernel).bilinear;
  const TensorRef& src = args.src[0];
  const std::int64_t width = args.dst.shape[2];
  const std::int64_t channels = args.dst.shape[3];
  const ResizeAxis rows = vertical(args, op);
  const ResizeAxis columns = horizontal(args, op);
  auto* table = reinterpret_cast<float*>(args.scratch);
  const Columns touched = columns_of(args);
  for (std::int64_t x = touched.begin; x < touched.end; ++x) {
    const LinearCells cells = linear_cells(columns, x);
    table[x] = static_cast<float>(cells.first);
    table[width + x] = static_cast<float>(cells.second);
    table[2 * width + x] = cells.weight;
  }
  for_each_line(args, [&](const PixelLine& line) {
    const LinearCells y = linear_cells(rows, line.y);
    const std::array<std::int64_t, 2> src_columns{src.shape[2], src.strides[2]};
    const float* image = src.as<float>();
    BufferView<2> top(image + line_offset(src, line.n, y.first), {{{channels, 1}, src_columns}});
    BufferView<2> bottom(image + line_offset(src, line.n, y.second),
                         {{{channels, 1}, src_columns}});
    const std::int64_t count = line.end - line.begin;
    BufferView<2> cells(table + line.begin, {{{count, 1}, {3, width}}});
    const float* pixels = args.dst.as<float>() + line_offset(args.dst, line.n, line.y) +
                          line.begin * args.dst.strides[2];
    BufferView<2> dst(pixels, {{{channels, 1}, {count, args.dst.strides[2]}}});
    run_line(top.get(), bottom.get(), cells.get(), y.weight, dst.get());
  });
}

}  // namespace tilewright::kernels
