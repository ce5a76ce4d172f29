// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_transpose/conv_transpose_phases.h"

#include <numeric>

namespace tilewright::kernels {

// Output index s * q + phase meets filter index k where s divides phase + pad - k * dilation; the
// quotient, plus q, is the input index.
PhaseTaps phase_taps(std::int64_t phase, std::int64_t filter, std::int64_t stride,
                     std::int64_t dilation, std::int64_t pad) {
  const std::int64_t common = std::gcd(stride, dilation);
  const std::int64_t step = stride / common;
  PhaseTaps taps;
  for (std::int64_t k = 0; k < filter && taps.count == 0; ++k) {
    if ((phase + pad - k * dilation) % stride != 0) continue;
    taps.count = (filter - 1 - k) / step + 1;
    taps.first = k + (taps.count - 1) * step;
    taps.step = -step;
    taps.offset = (phase + pad - taps.first * dilation) / stride;
    taps.dilation = dilation / common;
  }
  return taps;
}

Phase phase_of(const ConvTranspose2d& op, const DotShapes& shapes, std::int64_t y, std::int64_t x) {
  const Window& window = op.window;
  const Shape& filter = shapes.weights;
  const auto outputs = [](std::int64_t extent, std::int64_t first, std::int64_t stride) {
    return first < extent ? (extent - first - 1) / stride + 1 : 0;
  };
  Phase phase;
  phase.y = y;
  phase.x = x;
  phase.taps_h = phase_taps(y, filter[1], window.stride_h, window.dilation_h, window.pad_top);
  phase.taps_w = phase_taps(x, filter[2], window.stride_w, window.dilation_w, window.pad_left);
  phase.geometry = {.images = shapes.src[0],
                    .src_h = shapes.src[1],
                    .src_w = shapes.src[2],
                    .dst_h = outputs(shapes.dst[1], y, window.stride_h),
                    .dst_w = outputs(shapes.dst[2], x, window.stride_w),
                    .filter_h = phase.taps_h.count,
                    .filter_w = phase.taps_w.count,
                    .dilation_h = phase.taps_h.dilation,
                    .dilation_w = phase.taps_w.dilation,
                    .offset_h = phase.taps_h.offset,
                    .offset_w = phase.taps_w.offset,
                    .channels = filter[3],
                    .columns = filter[0]};
  return phase;
}

}  // namespace tilewright::kernels
