// SPDX-License-Identifier: Apache-2.0
// Transposed convolution, written to be read: each output asks which inputs reach it.
//
//   dst[n, y, x, o] = activation(bias[o] + sum over kh, kw, i of src[n, sy, sx, i] * filter[o, kh,
//   kw, i])
//
// where sy * stride_h = y + pad_top - kh * dilation_h, likewise sx; pairs without an integer
// solution inside src add nothing. Sums are of doubles and rounded once.
//
// Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016,
// section 4.
#include "kernels/conv_transpose/conv_transpose.h"
#include "kernels/elementwise/activation_formula.h"
#include "kernels/portable_kernel.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

/// The input coordinate that a tap brings to an output, or -1.
std::int64_t source_of(std::int64_t shifted, std::int64_t stride, std::int64_t extent) {
  if (shifted < 0 || shifted % stride != 0) return -1;
  return shifted / stride < extent ? shifted / stride : -1;
}

double sum_of_taps(const Window& window, const TensorRef& src, const TensorRef& filter,
                   const Index& i) {
  double sum = 0;
  for (std::int64_t kh = 0; kh < filter.shape[1]; ++kh) {
    const std::int64_t y =
        source_of(i[1] + window.pad_top - kh * window.dilation_h, window.stride_h, src.shape[1]);
    if (y < 0) continue;
    for (std::int64_t kw = 0; kw < filter.shape[2]; ++kw) {
      const std::int64_t x =
          source_of(i[2] + window.pad_left - kw * window.dilation_w, window.stride_w, src.shape[2]);
      if (x < 0) continue;
      for (std::int64_t c = 0; c < filter.shape[3]; ++c)
        sum += double{element<float>(src, {i[0], y, x, c})} *
               element<float>(filter, {i[3], kh, kw, c});
    }
  }
  return sum;
}

void run(const KernelArgs& args) {
  const auto& op = *std::get_if<ConvTranspose2d>(&args.op);
  for_each_element(args, [&](const Index& index) {
    const double sum = sum_of_taps(op.window, args.src[0], args.src[1], index) +
                       element<float>(args.src[2], {index[3]});
    element<float>(args.dst, index) = activated(op.activation, static_cast<float>(sum));
  });
}

bool computes(const Call& call, const Kernel&) {
  return is_float_op<ConvTranspose2d>(call);
}

constexpr Kernel kKernels[] = {
    portable_kernel("conv_transpose", "conv_transpose2d_reference", computes, run),
};

}  // namespace

std::span<const Kernel> conv_transpose_kernels() {
  return kKernels;
}

}  // namespace tilewright::kernels
