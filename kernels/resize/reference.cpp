// SPDX-License-Identifier: Apache-2.0
// Resizing of images, written to be read.
//
//   Nearest:  dst[n, y, x, c] = src[n, cell of y, cell of x, c]
//   Bilinear: the mean of the four cells around, weighted by nearness
#include "kernels/resize/coordinates.h"
#include "kernels/resize/resize.h"
#include "kernels/row_index.h"

namespace tilewright::kernels {
namespace {

double lerp(double a, double b, double weight) {
  return weight == 0 ? a : a * (1 - weight) + b * weight;
}

}  // namespace

void run_resize2d_reference(const KernelArgs& args) {
  const auto& op = *std::get_if<Resize2d>(&args.op);
  const TensorRef& src = args.src[0];
  const ResizeAxis rows{op.coordinates, src.shape[1], op.out_h, op.scale_h};
  const ResizeAxis columns{op.coordinates, src.shape[2], op.out_w, op.scale_w};
  for_each_element(args, [&](const Index& i) {
    const auto cell = [&](std::int64_t y, std::int64_t x) {
      return element<float>(src, {i[0], y, x, i[3]});
    };
    if (op.mode == ResizeMode::Nearest) {
      element<float>(args.dst, i) =
          cell(nearest_cell(rows, op.rounding, i[1]), nearest_cell(columns, op.rounding, i[2]));
      return;
    }
    const LinearCells y = linear_cells(rows, i[1]);
    const LinearCells x = linear_cells(columns, i[2]);
    const double top = lerp(cell(y.first, x.first), cell(y.first, x.second), x.weight);
    const double bottom = lerp(cell(y.second, x.first), cell(y.second, x.second), x.weight);
    element<float>(args.dst, i) = static_cast<float>(lerp(top, bottom, y.weight));
  });
}

}  // namespace tilewright::kernels
