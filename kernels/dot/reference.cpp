// SPDX-License-Identifier: Apache-2.0
// Dense products, written to be read. Sums are of doubles and rounded once.
//
//   conv2d:           dst[n, y, x, o] = activation(bias[o] + residual[n, y, x, o] + sum over kh,
//   kw, i of
//                         src[n, y * stride_h - pad_top + kh * dilation_h,
//                             x * stride_w - pad_left + kw * dilation_w, g + i] * filter[o, kh, kw,
//                             i])
//                     where g is the first channel of o's group; outside its bounds src reads as 0.
//   fully_connected:  dst[.., n] = activation(bias[n] + sum over k of src[.., k] * weights[n, k])
//   matmul:           dst[.., m, n] = sum over k of a[.., m, k] * b[.., k, n]
#include "kernels/dot/conv2d_products.h"
#include "kernels/dot/dot_references.h"
#include "kernels/elementwise/activation_formula.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

double conv2d_sum(const Conv2d& op, const KernelArgs& args, const Index& i) {
  const TensorRef& src = args.src[0];
  const TensorRef& filter = args.src[1];
  double sum = 0;
  for_each_product(op, src.shape, filter.shape, i,
                   [&](const Index& at_src, const Index& at_filter) {
                     sum += double{element<float>(src, at_src)} * element<float>(filter, at_filter);
                   });
  return sum;
}

}  // namespace

void run_conv2d_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<Conv2d>(&args.op);
  for_each_element(args, [&](const Index& index) {
    double sum = conv2d_sum(op, args, index) + element<float>(args.src[2], {index[3]});
    if (args.src.size() > 3) sum += element<float>(args.src[3], index);
    element<float>(args.dst, index) = activated(op.activation, static_cast<float>(sum));
  });
}

void run_fully_connected_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<FullyConnected>(&args.op);
  const int last = args.dst.shape.rank() - 1;
  const std::int64_t depth = args.src[0].shape.last();
  for_each_element(args, [&](const Index& index) {
    const std::int64_t n = at(index, last);
    double sum = element<float>(args.src[2], {n});
    Index src = index;
    for (std::int64_t k = 0; k < depth; ++k) {
      at(src, last) = k;
      sum += double{element<float>(args.src[0], src)} * element<float>(args.src[1], {n, k});
    }
    element<float>(args.dst, index) = activated(op.activation, static_cast<float>(sum));
  });
}

void run_matmul_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<MatMul>(&args.op);
  const int rank = args.dst.shape.rank();
  const Shape& a_shape = args.src[0].shape;
  const Shape& b_shape = args.src[1].shape;
  const std::int64_t depth = a_shape[a_shape.rank() - (op.transpose_a ? 2 : 1)];
  for_each_element(args, [&](const Index& index) {
    Index a = broadcast_index(a_shape, rank, index);
    Index b = broadcast_index(b_shape, rank, index);
    double sum = 0;
    for (std::int64_t k = 0; k < depth; ++k) {
      const std::int64_t m = at(index, rank - 2);
      const std::int64_t n = at(index, rank - 1);
      at(a, a_shape.rank() - 2) = op.transpose_a ? k : m;
      at(a, a_shape.rank() - 1) = op.transpose_a ? m : k;
      at(b, b_shape.rank() - 2) = op.transpose_b ? n : k;
      at(b, b_shape.rank() - 1) = op.transpose_b ? k : n;
      sum += double{element<float>(args.src[0], a)} * element<float>(args.src[1], b);
    }
    element<float>(args.dst, index) = static_cast<float>(sum);
  });
}

}  // namespace tilewright::kernels
