// SPDX-License-Identifier: Apache-2.0
// Which input cells an output cell of Resize2d reads, along one dimension.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tilewright/ops.h"

namespace tilewright::kernels {

/// One dimension of a resize. `scale` is 0 where it is out / in.
struct ResizeAxis {
  ResizeCoordinates coordinates;
  std::int64_t in;
  std::int64_t out;
  float scale;
};

/// The input coordinate of output cell `o`. Without a given scale each quotient is that of two
/// integers, hence exact wherever it is an integer; with one it is computed in float, as the model
/// formats' own runtimes do.
[[nodiscard]] inline double source_coordinate(const ResizeAxis& axis, std::int64_t o) {
  const auto in = static_cast<double>(axis.in);
  const auto out = static_cast<double>(axis.out);
  const auto position = static_cast<double>(o);
  switch (axis.coordinates) {
    case ResizeCoordinates::PytorchHalfPixel:
      if (axis.out == 1) return 0;
      [[fallthrough]];
    case ResizeCoordinates::HalfPixel:
      if (axis.scale > 0) return (static_cast<float>(o) + 0.5F) / axis.scale - 0.5F;
      return (2 * position + 1) * in / (2 * out) - 0.5;
    case ResizeCoordinates::Asymmetric:
      if (axis.scale > 0) return static_cast<float>(o) / axis.scale;
      return position * in / out;
    case ResizeCoordinates::AlignCorners:
      return axis.out == 1 ? 0 : position * (in - 1) / (out - 1);
  }
  return 0;
}

/// The cell that Nearest reads.
[[nodiscard]] inline std::int64_t nearest_cell(const ResizeAxis& axis, ResizeRounding rounding,
                                               std::int64_t o) {
  const double i = source_coordinate(axis, o);
  double cell = 0;
  switch (rounding) {
    case ResizeRounding::RoundPreferFloor:
      cell = std::ceil(i - 0.5);
      break;
    case ResizeRounding::RoundPreferCeil:
      cell = std::floor(i + 0.5);
      break;
    case ResizeRounding::Floor:
      cell = std::floor(i);
      break;
    case ResizeRounding::Ceil:
      cell = std::ceil(i);
      break;
  }
  return static_cast<std::int64_t>(std::clamp(cell, 0.0, static_cast<double>(axis.in - 1)));
}

/// The two cells that Bilinear reads, and the weight of the second. Outside the input the border
/// repeats.
struct LinearCells {
  std::int64_t first;
  std::int64_t second;
  float weight;
};

[[nodiscard]] inline LinearCells linear_cells(const ResizeAxis& axis, std::int64_t o) {
  const auto last = static_cast<double>(axis.in - 1);
  const double i = std::clamp(source_coordinate(axis, o), 0.0, last);
  const double floor = std::floor(i);
  return {static_cast<std::int64_t>(floor), static_cast<std::int64_t>(std::min(floor + 1, last)),
          static_cast<float>(i - floor)};
}

}  // namespace tilewright::kernels
