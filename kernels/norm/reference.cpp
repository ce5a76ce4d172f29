// SPDX-License-Identifier: Apache-2.0
// Normalisations, written to be read.
//
// Local response normalisation:
//   dst[.., i] = src[.., i] / (bias + alpha * sum over j of src[.., j]^2) ^ beta,
//   j in [i - (size - 1) / 2, i + size / 2] and inside the row.
//
// Layer normalisation, with mean and variance of src[.., :]:
//   dst[.., i] = (src[.., i] - mean) / sqrt(variance + epsilon) * scale[i] + bias[i]
#include <algorithm>
#include <cmath>

#include "kernels/norm/norm.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {

void run_local_response_norm_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<LocalResponseNorm>(&args.op);
  const TensorRef& src = args.src[0];
  const int axis = src.shape.rank() - 1;
  const std::int64_t channels = src.shape.last();
  for_each_element(args, [&](const Index& index) {
    const std::int64_t i = at(index, axis);
    Index cell = index;
    double sum = 0;
    const std::int64_t first = std::max<std::int64_t>(i - (op.size - 1) / 2, 0);
    const std::int64_t last = std::min(i + op.size / 2, channels - 1);
    for (std::int64_t j = first; j <= last; ++j) {
      at(cell, axis) = j;
      const double x = element<float>(src, cell);
      sum += x * x;
    }
    const double x = element<float>(src, index);
    const double scale = std::pow(op.bias + op.alpha * sum, double{op.beta});
    element<float>(args.dst, index) = static_cast<float>(x / scale);
  });
}

void run_layer_norm_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<LayerNorm>(&args.op);
  const TensorRef& src = args.src[0];
  const int axis = src.shape.rank() - 1;
  const auto channels = static_cast<double>(src.shape.last());
  for_each_element(args, [&](const Index& index) {
    Index cell = index;
    double sum = 0;
    for (at(cell, axis) = 0; at(cell, axis) < src.shape.last(); ++at(cell, axis))
      sum += element<float>(src, cell);
    const double mean = sum / channels;
    double squares = 0;
    for (at(cell, axis) = 0; at(cell, axis) < src.shape.last(); ++at(cell, axis))
      squares += std::pow(element<float>(src, cell) - mean, 2);
    const double deviation = std::sqrt(squares / channels + op.epsilon);
    const Index channel{at(index, axis)};
    const double normal = (element<float>(src, index) - mean) / deviation;
    element<float>(args.dst, index) = static_cast<float>(
        normal * element<float>(args.src[1], channel) + element<float>(args.src[2], channel));
  });
}

}  // namespace tilewright::kernels
