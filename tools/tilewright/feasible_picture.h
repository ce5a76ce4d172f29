// SPDX-License-Identifier: Apache-2.0
// A family of networks as a grid: widths from left to right, resolutions from top to bottom, each
// cell coloured by whether it fits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/feasibility.h"

namespace tilewright::tool {

struct FeasibilityCell {
  double width = 0;
  std::int64_t resolution = 0;
  Feasibility found;
};

struct FeasibilityGrid {
  std::string title;
  std::string model;  // what the numbers hold for
  std::vector<double> widths;
  std::vector<std::int64_t> resolutions;
  std::vector<FeasibilityCell> cells;  // resolution by resolution
};

/// The grid as an SVG image.
[[nodiscard]] std::string draw_svg(const FeasibilityGrid& grid);

/// The grid as text: KiB of each cell, with `x` behind what is proven not to fit and `?` behind
/// what is open.
[[nodiscard]] std::string draw_table(const FeasibilityGrid& grid);

/// `width` without zeros at its end.
[[nodiscard]] std::string width_text(double width);

}  // namespace tilewright::tool
