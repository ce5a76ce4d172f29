// SPDX-License-Identifier: Apache-2.0
// Pooling by strips of output pixels. Along a line, windows that hang over the border are computed
// one by one on the cells they have; those between share one call.
#include "kernels/pool/pool_strips.h"

#include <algorithm>
#include <limits>

#include "kernels/elementwise/activation_rows.h"
#include "kernels/halide/buffer_view.h"
#include "kernels/pool/pool_variant.h"
#include "kernels/row_boxes.h"
#include "kernels/variant_kernels.h"

namespace tilewright::kernels {
namespace {

/// An interval of window cells.
struct Cells {
  std::int64_t begin;
  std::int64_t end;

  [[nodiscard]] std::int64_t count() const { return std::max<std::int64_t>(end - begin, 0); }
};

/// One dimension of the windows.
struct WindowAxis {
  std::int64_t extent;  // of the input
  std::int64_t cells;   // of the kernel
  std::int64_t stride;
  std::int64_t dilation;
  std::int64_t pad;

  /// Where the window of output `o` begins; may be below 0.
  [[nodiscard]] std::int64_t first(std::int64_t o) const { return o * stride - pad; }
  /// The cells of the window of output `o` that are inside the input.
  [[nodiscard]] Cells inside(std::int64_t o) const {
    const std::int64_t begin = first(o);
    const std::int64_t before = begin < 0 ? (-begin + dilation - 1) / dilation : 0;
    const std::int64_t room = extent - begin;
    const std::int64_t end = room <= 0 ? 0 : (room + dilation - 1) / dilation;
    return {before, std::min(cells, end)};
  }
  [[nodiscard]] bool is_whole(std::int64_t o) const { return inside(o).count() == cells; }
};

struct PoolRun {
  const KernelArgs& args;
  const Pool2d& op;
  WindowAxis rows;
  WindowAxis columns;
  float lo;
  float hi;
  bool is_clamped;  // the activation is done by the strip

  [[nodiscard]] std::int64_t channels() const { return args.dst.shape[3]; }

  [[nodiscard]] WindowStrip strip(const Cells& kh, const Cells& kw) const {
    const auto& variant = variant_of<PoolVariant>(args.kernel);
    const bool is_max = op.kind == PoolKind::Max;
    if (channels() < 4) return is_max ? variant.max_x1 : variant.average_x1;
    if (channels() < variant.lanes) return is_max ? variant.max_x4 : variant.average_x4;
    if (kh.count() == 2 && kw.count() == 2) return is_max ? variant.max_2x2 : variant.average_2x2;
    if (kh.count() == 3 && kw.count() == 3) return is_max ? variant.max_3x3 : variant.average_3x3;
    // Blocks read whole groups of cache lines, which matters where pixels lie 4 KB apart.
    if (channels() >= 32) return is_max ? variant.max_x32 : variant.average_x32;
    return is_max ? variant.max : variant.average;
  }

  [[nodiscard]] float* pixel(std::int64_t n, std::int64_t y, std::int64_t x) const {
    const Strides& strides = args.dst.strides;
    return args.dst.as<float>() + n * strides[0] + y * strides[1] + x * strides[2];
  }

  /// Outputs [x, x + count) of line y, whose windows all have the cells `kh` by `kw`.
  void run_windows(const Index& begin, std::int64_t count, const Cells& kh, const Cells& kw) const {
    const auto [n, y, x] = std::array{begin[0], begin[1], begin[2]};
    float* dst = pixel(n, y, x);
    if (kh.count() == 0 || kw.count() == 0) return fill_empty(dst, count);
    const Strides& strides = args.src[0].strides;
    const std::int64_t src_y = rows.first(y) + kh.begin * rows.dilation;
    const std::int64_t src_x = columns.first(x) + kw.begin * columns.dilation;
    const float* src =
        args.src[0].as<float>() + n * strides[0] + src_y * strides[1] + src_x * strides[2];
    BufferView<4> windows(src, {{{channels(), 1},
                                 {kw.count(), columns.dilation * strides[2]},
                                 {kh.count(), rows.dilation * strides[1]},
                                 {count, columns.stride * strides[2]}}});
    BufferView<2> pixels(dst, {{{channels(), 1}, {count, args.dst.strides[2]}}});
    const std::int64_t cells =
        op.count_include_pad ? rows.cells * columns.cells : kh.count() * kw.count();
    strip(kh, kw)(windows.get(), static_cast<float>(cells), lo, hi, pixels.get());
  }

  /// The value of windows without cells.
  void fill_empty(float* dst, std::int64_t count) const {
    const float empty = op.kind == PoolKind::Max ? -std::numeric_limits<float>::infinity() : 0.0F;
    const float value = std::min(std::max(empty, lo), hi);
    for (std::int64_t x = 0; x < count; ++x)
      std::fill_n(dst + x * args.dst.strides[2], channels(), value);
  }

  /// Outputs [begin, end) of line y of image n.
  void run_line(std::int64_t n, std::int64_t y, std::int64_t begin, std::int64_t end) const {
    const Cells kh = rows.inside(y);
    for (std::int64_t x = begin; x < end;) {
      std::int64_t next = x + 1;
      if (columns.is_whole(x)) {
        while (next < end && columns.is_whole(next))
          ++next;
      }
      run_windows({n, y, x}, next - x, kh, columns.inside(x));
      x = next;
    }
    if (!is_clamped) {
      apply_activation_rows(op.activation, pixel(n, y, begin), end - begin, channels(),
                            args.dst.strides[2], args.kernel.isa);
    }
  }
};

}  // namespace

bool pool_strips_support(const Call& call, const Kernel&) {
  return is_float_op<Pool2d>(call) && is_small_enough(call);
}

void run_pool_strips(const KernelArgs& args) {
  const auto& op = *std::get_if<Pool2d>(&args.op);
  const Window& window = op.window;
  const Shape& src = args.src[0].shape;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  PoolRun run{args,
              op,
              {src[1], op.kernel_h, window.stride_h, window.dilation_h, window.pad_top},
              {src[2], op.kernel_w, window.stride_w, window.dilation_w, window.pad_left},
              -infinity,
              infinity,
              false};
  run.is_clamped = is_clamp(op.activation, run.lo, run.hi);
  for_each_element_box(args.dst.shape, args.row_begin, args.row_end, [&](const Box& box) {
    for (std::int64_t n = box.begin[0]; n < box.begin[0] + box.extent[0]; ++n) {
      for (std::int64_t y = box.begin[1]; y < box.begin[1] + box.extent[1]; ++y)
        run.run_line(n, y, box.begin[2], box.begin[2] + box.extent[2]);
    }
  });
}

}  // namespace tilewright::kernels
