// SPDX-License-Identifier: Apache-2.0
// Softmax, written to be read.
//
//   dst[.., i, ..] = exp(beta * (src[.., i, ..] - max)) / sum over j of exp(beta * (src[.., j, ..]
//   - max)), max over the same j.
//
// An element of -infinity gives 0; a line with a NaN, with +infinity or with -infinity only is NaN.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/row_index.h"
#include "kernels/softmax/softmax.h"

namespace tilewright::kernels {

void run_softmax_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<Softmax>(&args.op);
  const TensorRef& src = args.src[0];
  const std::int64_t extent = src.shape.rank() == 0 ? 1 : src.shape[op.axis];
  for_each_element(args, [&](const Index& index) {
    const auto value = [&](std::int64_t j) -> double {
      Index cell = index;
      if (src.shape.rank() > 0) at(cell, op.axis) = j;
      return element<float>(src, cell);
    };
    double max = -std::numeric_limits<double>::infinity();
    for (std::int64_t j = 0; j < extent; ++j)
      max = std::max(max, value(j));
    double sum = 0;
    for (std::int64_t j = 0; j < extent; ++j)
      sum += std::exp(op.beta * (value(j) - max));
    const double x = element<float>(src, index);
    element<float>(args.dst, index) = static_cast<float>(std::exp(op.beta * (x - max)) / sum);
  });
}

}  // namespace tilewright::kernels
