// SPDX-License-Identifier: Apache-2.0
// What is multiplied with what in a convolution, for kernels that are written to be read.
#pragma once

#include "kernels/row_index.h"

namespace tilewright::kernels {

/// Calls f(index in src, index in the filter) for every product of the output at `i`. Taps outside
/// src have none.
template <typename F>
void for_each_product(const Conv2d& op, const Shape& src, const Shape& filter, const Index& i,
                      F&& f) {
  const Window& window = op.window;
  const std::int64_t channels = filter[3];
  const std::int64_t first = i[3] / (filter[0] / op.groups) * channels;
  for (std::int64_t kh = 0; kh < filter[1]; ++kh) {
    const std::int64_t y = i[1] * window.stride_h - window.pad_top + kh * window.dilation_h;
    if (y < 0 || y >= src[1]) continue;
    for (std::int64_t kw = 0; kw < filter[2]; ++kw) {
      const std::int64_t x = i[2] * window.stride_w - window.pad_left + kw * window.dilation_w;
      if (x < 0 || x >= src[2]) continue;
      for (std::int64_t c = 0; c < channels; ++c)
        f(Index{i[0], y, x, first + c}, Index{i[3], kh, kw, c});
    }
  }
}

}  // namespace tilewright::kernels
