// SPDX-License-Identifier: Apache-2.0
// Pooling, written to be read.
//
//   dst[n, y, x, c] = activation(f of src[n, y * stride_h - pad_top + kh * dilation_h,
//                                       x * stride_w - pad_left + kw * dilation_w, c] over kh, kw)
//
// f is the maximum or the average of the cells inside src. A NaN inside the window gives NaN. A
// window without cells has the maximum -infinity and the average 0.
#include <cmath>
#include <limits>

#include "kernels/elementwise/activation_formula.h"
#include "kernels/pool/pool.h"
#include "kernels/row_index.h"
#include "kernels/window_taps.h"

namespace tilewright::kernels {
namespace {

/// The maximum, sum and number of the cells of a window.
struct WindowSummary {
  float max = -std::numeric_limits<float>::infinity();
  double sum = 0;
  std::int64_t count = 0;

  void add(float x) {
    if (!(x <= max)) max = std::isnan(max) ? max : x;
    sum += x;
    ++count;
  }
};

WindowSummary summarize(const Pool2d& op, const TensorRef& src, const Index& i) {
  const Window& window = op.window;
  const std::int64_t top = i[1] * window.stride_h - window.pad_top;
  const std::int64_t left = i[2] * window.stride_w - window.pad_left;
  // A window may be much larger than the input.
  const Taps rows = taps_inside(top, window.dilation_h, op.kernel_h, src.shape[1]);
  const Taps columns = taps_inside(left, window.dilation_w, op.kernel_w, src.shape[2]);
  WindowSummary summary;
  for (std::int64_t kh = rows.begin; kh < rows.end; ++kh) {
    for (std::int64_t kw = columns.begin; kw < columns.end; ++kw) {
      const std::int64_t y = top + kh * window.dilation_h;
      const std::int64_t x = left + kw * window.dilation_w;
      summary.add(element<float>(src, {i[0], y, x, i[3]}));
    }
  }
  return summary;
}

}  // namespace

void run_pool2d_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<Pool2d>(&args.op);
  for_each_element(args, [&](const Index& index) {
    const WindowSummary window = summarize(op, args.src[0], index);
    const std::int64_t cells =
        op.count_include_pad ? std::int64_t{op.kernel_h} * op.kernel_w : window.count;
    const double average = cells == 0 ? 0 : window.sum / static_cast<double>(cells);
    const float value = op.kind == PoolKind::Max ? window.max : static_cast<float>(average);
    element<float>(args.dst, index) = activated(op.activation, value);
  });
}

}  // namespace tilewright::kernels
