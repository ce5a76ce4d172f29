// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution, written to be read.
//
//   dst[n, y, x, c] = activation(bias[c] + sum over kh, kw of filter[kh, kw, c] *
//       src[n, y * stride_h - pad_top + kh * dilation_h, x * stride_w - pad_left + kw * dilation_w,
//       c / m])
//
// m is the number of output channels per input channel; outside its bounds src reads as 0. Sums are
// of doubles and rounded once.
#include "kernels/depthwise/depthwise_references.h"
#include "kernels/elementwise/activation_formula.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

double sum_of_taps(const Window& window, const TensorRef& src, const TensorRef& filter,
                   const Index& i) {
  const std::int64_t multiplier = filter.shape[2] / src.shape[3];
  double sum = 0;
  for (std::int64_t kh = 0; kh < filter.shape[0]; ++kh) {
    const std::int64_t y = i[1] * window.stride_h - window.pad_top + kh * window.dilation_h;
    if (y < 0 || y >= src.shape[1]) continue;
    for (std::int64_t kw = 0; kw < filter.shape[1]; ++kw) {
      const std::int64_t x = i[2] * window.stride_w - window.pad_left + kw * window.dilation_w;
      if (x < 0 || x >= src.shape[2]) continue;
      sum += double{element<float>(src, {i[0], y, x, i[3] / multiplier})} *
             element<float>(filter, {kh, kw, i[3]});
    }
  }
  return sum;
}

}  // namespace

void run_depthwise_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<DepthwiseConv2d>(&args.op);
  for_each_element(args, [&](const Index& index) {
    const double sum = sum_of_taps(op.window, args.src[0], args.src[1], index) +
                       element<float>(args.src[2], {index[3]});
    element<float>(args.dst, index) = activated(op.activation, static_cast<float>(sum));
  });
}

}  // namespace tilewright::kernels
