// SPDX-License-Identifier: Apache-2.0
// The matrices of Winograd's minimal filtering F(m x m, 3x3), from its points:
//
//   y = at * ((g * w * g^T) o (bt * d * bt^T)) * at^T
//
// for a tile d of (m + 2) x (m + 2) inputs, a filter w of 3x3 and m x m outputs y; o multiplies
// element by element. Source: Toom-Cook interpolation, as in Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2015. The points are 0, pairs of a number and its negative, and
// infinity.
#pragma once

#include <algorithm>
#include <array>

namespace tilewright::kernels {

inline constexpr int kWinogradMaxOutputs = 6;
inline constexpr int kWinogradMaxInputs = kWinogradMaxOutputs + 2;

struct WinogradMatrices {
  int outputs = 0;  // m
  int inputs = 0;   // m + 2; also the number of points
  std::array<std::array<double, kWinogradMaxInputs>, kWinogradMaxOutputs> at{};
  std::array<std::array<double, 3>, kWinogradMaxInputs> g{};
  std::array<std::array<double, kWinogradMaxInputs>, kWinogradMaxInputs> bt{};
};

/// The positive points for m = 2, 4 and 6, exact in binary. Those for 4 have half the rounding
/// error of the usual 1 and 2.
[[nodiscard]] constexpr std::array<double, 3> winograd_points(int outputs) {
  switch (outputs) {
    case 2:
      return {1, 0, 0};
    case 4:
      return {0.625, 1.5, 0};
    default:
      return {1, 2, 0.5};
  }
}

/// The matrices for m outputs a side: 2, 4 or 6. Rows of `bt` and `g` and columns of `at` are in
/// the order of the points: 0, p, -p, q, -q, .., infinity.
[[nodiscard]] constexpr WinogradMatrices winograd_matrices(int outputs) {
  WinogradMatrices result;
  result.outputs = outputs;
  result.inputs = outputs + 2;
  const int finite = outputs + 1;
  std::array<double, kWinogradMaxInputs> points{};
  for (int pair = 0; 2 * pair + 2 < finite; ++pair) {
    const auto first = static_cast<std::size_t>(2 * pair + 1);
    points[first] = winograd_points(outputs)[static_cast<std::size_t>(pair)];
    points[first + 1] = -points[first];
  }
  // Row e of bt is the product of (x - p) over all finite points but the e-th; the last has all.
  for (int e = 0; e <= finite; ++e) {
    auto& row = result.bt[static_cast<std::size_t>(e)];
    row[0] = 1;
    double scale = 1;
    int degree = 0;
    for (int other = 0; other < finite; ++other) {
      if (other == e) continue;
      const double p = points[static_cast<std::size_t>(other)];
      ++degree;
      for (int k = degree; k >= 0; --k) {
        const auto at = static_cast<std::size_t>(k);
        row[at] = (k > 0 ? row[at - 1] : 0) - p * row[at];
      }
      if (e < finite) scale /= points[static_cast<std::size_t>(e)] - p;
    }
    double power = 1;
    for (int i = 0; i < std::max(outputs, 3); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const bool at_infinity = e == finite;
      const double value = at_infinity ? 0 : power;
      if (i < outputs) result.at[at][static_cast<std::size_t>(e)] = value;
      if (i < 3) result.g[static_cast<std::size_t>(e)][at] = value * scale;
      power *= points[static_cast<std::size_t>(e)];
    }
  }
  result.at[static_cast<std::size_t>(outputs - 1)][static_cast<std::size_t>(finite)] = 1;
  result.g[static_cast<std::size_t>(finite)][2] = 1;
  return result;
}

}  // namespace tilewright::kernels
