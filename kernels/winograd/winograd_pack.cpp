// SPDX-License-Identifier: Apache-2.0
// Filters, transformed in double precision, as dot panels: a group of weights per plane.
#include <algorithm>

#include "kernels/winograd/winograd_loops.h"
#include "kernels/winograd/winograd_matrices.h"

namespace tilewright::kernels {
namespace {

constexpr std::int64_t kLineFloats = kTensorAlignment / 4;

using Filter = std::array<std::array<double, 3>, 3>;

/// Element (u, v) of g * filter * g^T.
double transformed(const WinogradMatrices& matrices, const Filter& filter, std::size_t u,
                   std::size_t v) {
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j)
      sum += matrices.g[v][i] * filter[i][j] * matrices.g[u][j];
  }
  return sum;
}

Filter filter_at(const WinogradGeometry& geometry, const float* filter, std::int64_t column,
                 std::int64_t channel) {
  Filter result{};
  const float* from = filter + column * 9 * geometry.channels + channel;
  for (auto& row : result) {
    for (double& value : row) {
      value = *from;
      from += geometry.channels;
    }
  }
  return result;
}

}  // namespace

std::int64_t winograd_panel_floats(const WinogradGeometry& geometry, const WinogradKernel& kernel) {
  const std::int64_t floats = panel_floats(winograd_products(geometry), *kernel.dot);
  return (floats + kLineFloats - 1) / kLineFloats * kLineFloats;
}

void pack_winograd(const WinogradGeometry& geometry, const WinogradKernel& kernel,
                   const float* filter, const float* bias, float* packed) {
  const WinogradMatrices matrices = winograd_matrices(static_cast<int>(geometry.outputs));
  const DotGeometry products = winograd_products(geometry);
  const std::int64_t nr = kernel.dot->nr;
  const std::int64_t panels = winograd_panel_floats(geometry, kernel);
  std::fill_n(packed, panels + winograd_columns(geometry, kernel), 0.0F);
  std::copy_n(bias, geometry.columns, packed + panels);
  const auto inputs = static_cast<std::size_t>(geometry.inputs());
  for (std::int64_t column = 0; column < geometry.columns; ++column) {
    const std::int64_t at = column / nr * nr * geometry.channels + column % nr;
    for (std::int64_t channel = 0; channel < geometry.channels; ++channel) {
      const Filter taps = filter_at(geometry, filter, column, channel);
      for (std::size_t plane = 0; plane < inputs * inputs; ++plane) {
        const std::int64_t weights =
            panels_of(products, *kernel.dot, packed, static_cast<std::int64_t>(plane)).weights -
            packed;
        packed[weights + at + channel * nr] =
            static_cast<float>(transformed(matrices, taps, plane % inputs, plane / inputs));
      }
    }
  }
}

}  // namespace tilewright::kernels
