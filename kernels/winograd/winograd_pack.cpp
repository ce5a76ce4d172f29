// SPDX-License-Identifier: Apache-2.0
// Filters, transformed in double precision, as dot panels: a group of weights per plane.
#include <algorithm>
#include <array>
#include <vector>

#include "kernels/winograd/winograd_loops.h"
#include "kernels/winograd/winograd_matrices.h"

namespace tilewright::kernels {
namespace {

using Taps = std::array<std::array<double, 3>, 3>;

Taps taps_at(const WinogradGeometry& geometry, const float* filter, std::int64_t column,
             std::int64_t channel) {
  Taps taps{};
  const float* from = filter + column * 9 * geometry.channels + channel;
  for (auto& row : taps) {
    for (double& value : row) {
      value = *from;
      from += geometry.channels;
    }
  }
  return taps;
}

/// Writes g * taps * g^T to element `at` of each plane.
void transform(const WinogradMatrices& matrices, const Taps& taps,
               const std::vector<float*>& planes, std::int64_t at) {
  const auto inputs = static_cast<std::size_t>(matrices.inputs);
  std::array<std::array<double, 3>, kWinogradMaxInputs> rows{};  // g * taps
  for (std::size_t v = 0; v < inputs; ++v) {
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j)
        rows[v][j] += matrices.g[v][i] * taps[i][j];
    }
  }
  for (std::size_t plane = 0; plane < inputs * inputs; ++plane) {
    const auto& row = rows[plane / inputs];
    const auto& g = matrices.g[plane % inputs];
    planes[plane][at] = static_cast<float>(row[0] * g[0] + row[1] * g[1] + row[2] * g[2]);
  }
}

}  // namespace

std::int64_t winograd_panel_floats(const WinogradGeometry& geometry, const WinogradKernel& kernel) {
  const std::int64_t floats = panel_floats(winograd_products(geometry), *kernel.dot);
  return whole_lines(floats);
}

void pack_winograd(const WinogradGeometry& geometry, const WinogradKernel& kernel,
                   const float* filter, const float* bias, float* packed) {
  const WinogradMatrices matrices = winograd_matrices(static_cast<int>(geometry.outputs));
  const DotGeometry products = winograd_products(geometry);
  const std::int64_t nr = kernel.dot->nr;
  const std::int64_t panels = winograd_panel_floats(geometry, kernel);
  std::fill_n(packed, panels + winograd_columns(geometry, kernel), 0.0F);
  std::copy_n(bias, geometry.columns, packed + panels);
  std::vector<float*> planes;
  for (std::int64_t plane = 0; plane < geometry.planes(); ++plane)
    planes.push_back(packed + (panels_of(products, *kernel.dot, packed, plane).weights - packed));
  // Column by column inside a panel, so that whole cache lines of each plane are written at once.
  for (std::int64_t first = 0; first < geometry.columns; first += nr) {
    const std::int64_t end = std::min(first + nr, geometry.columns);
    for (std::int64_t channel = 0; channel < geometry.channels; ++channel) {
      const std::int64_t at = first * geometry.channels + channel * nr;
      for (std::int64_t column = first; column < end; ++column)
        transform(matrices, taps_at(geometry, filter, column, channel), planes,
                  at + column - first);
    }
  }
}

}  // namespace tilewright::kernels
