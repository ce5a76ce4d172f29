// SPDX-License-Identifier: Apache-2.0
// Convolutions to hold kernels to.
#pragma once

#include "tests/kernels/kernel_check.h"

namespace tilewright::kernels::tests {

/// Sizes that no tile divides, unless said otherwise.
struct ConvSizes {
  std::int64_t n = 1, h = 7, w = 9, c = 5, o = 37;
  std::int64_t filter_h = 3, filter_w = 3;
};

[[nodiscard]] inline std::int64_t conv_extent(std::int64_t in, std::int64_t pads,
                                              std::int64_t filter, std::int64_t dilation,
                                              std::int64_t stride) {
  return (in + pads - (filter - 1) * dilation - 1) / stride + 1;
}

[[nodiscard]] inline Window padded(std::int32_t pad) {
  return {.pad_top = pad, .pad_left = pad, .pad_bottom = pad, .pad_right = pad};
}

[[nodiscard]] inline Conv2d over(const Window& window, const Activation& activation = {},
                                 std::int32_t groups = 1) {
  return {window, groups, activation};
}

[[nodiscard]] inline KernelCase conv(std::string name, const ConvSizes& s, const Conv2d& op,
                                     bool has_residual = false) {
  const Window& w = op.window;
  const Shape dst{
      s.n, conv_extent(s.h, w.pad_top + w.pad_bottom, s.filter_h, w.dilation_h, w.stride_h),
      conv_extent(s.w, w.pad_left + w.pad_right, s.filter_w, w.dilation_w, w.stride_w), s.o};
  KernelCase test{std::move(name),
                  op,
                  {floats({s.n, s.h, s.w, s.c}),
                   floats({s.o, s.filter_h, s.filter_w, s.c / op.groups}), floats({s.o})},
                  floats(dst)};
  if (has_residual) test.src.push_back(floats(dst));
  return test;
}

[[nodiscard]] inline Window strided(std::int32_t stride, std::int32_t pad) {
  Window window = padded(pad);
  window.stride_h = window.stride_w = stride;
  return window;
}

[[nodiscard]] inline Window dilated(std::int32_t dilation, std::int32_t pad) {
  Window window = padded(pad);
  window.dilation_h = window.dilation_w = dilation;
  return window;
}

}  // namespace tilewright::kernels::tests
