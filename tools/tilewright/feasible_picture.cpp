// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/feasible_picture.h"

#include <cstdio>

#include "tools/tilewright/table.h"

namespace tilewright::tool {
namespace {

constexpr std::int64_t kKib = 1024;
constexpr std::size_t kCellWidth = 64, kCellHeight = 26, kLeft = 64, kTop = 76;

std::int64_t kib_of(const Feasibility& found) {
  const bool refuted = found.verdict == Verdict::ProvenNotToFit;
  const std::int64_t bytes = refuted ? found.lower_bound_bytes : found.arena_bytes;
  return (bytes + kKib - 1) / kKib;
}

const char* mark_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Fits:
      return "";
    case Verdict::ProvenNotToFit:
      return "x";
    case Verdict::Open:
      return "?";
  }
  return "";
}

const char* colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Fits:
      return "#8fd19e";
    case Verdict::ProvenNotToFit:
      return "#f1a7a0";
    case Verdict::Open:
      return "#f5dd90";
  }
  return "none";
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string text_at(std::size_t x, std::size_t y, const char* anchor, const std::string& text) {
  return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" text-anchor=\"" +
         anchor + "\">" + escaped(text) + "</text>\n";
}

std::string cell_at(std::size_t x, std::size_t y, const Feasibility& found) {
  std::string text = "<rect x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) +
                     "\" width=\"" + std::to_string(kCellWidth - 2) + "\" height=\"" +
                     std::to_string(kCellHeight - 2) + "\" fill=\"" + colour_of(found.verdict) +
                     "\"/>\n";
  return text + text_at(x + kCellWidth / 2 - 1, y + 16, "middle",
                        std::to_string(kib_of(found)) + mark_of(found.verdict));
}

}  // namespace

std::string width_text(double width) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", width);
  return text;
}

std::string draw_svg(const FeasibilityGrid& grid) {
  const std::size_t columns = grid.widths.size(), rows = grid.resolutions.size();
  const std::size_t width = std::max<std::size_t>(kLeft + columns * kCellWidth + 8, 760);
  const std::size_t height = kTop + rows * kCellHeight + 40;
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) +
                    "\" height=\"" + std::to_string(height) +
                    "\" font-family=\"sans-serif\" font-size=\"12\">\n";
  svg += "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
  svg += text_at(8, 20, "start", grid.title);
  svg += text_at(8, 38, "start",
                 "KiB needed. Green fits; red (x) is proven not to fit, at least so much is "
                 "needed; yellow (?) is open.");
  svg += text_at(8, kTop - 10, "start", "side");
  for (std::size_t column = 0; column < columns; ++column) {
    svg += text_at(kLeft + column * kCellWidth + kCellWidth / 2, kTop - 10, "middle",
                   "x " + width_text(grid.widths[column]));
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t y = kTop + row * kCellHeight;
    svg += text_at(kLeft - 10, y + 16, "end", std::to_string(grid.resolutions[row]));
    for (std::size_t column = 0; column < columns; ++column)
      svg += cell_at(kLeft + column * kCellWidth, y, grid.cells[row * columns + column].found);
  }
  svg += "<g font-size=\"9\">" + text_at(8, height - 14, "start", grid.model) + "</g>\n";
  return svg + "</svg>\n";
}

std::string draw_table(const FeasibilityGrid& grid) {
  std::vector<std::vector<std::string>> rows{{"side"}};
  for (const double width : grid.widths)
    rows[0].push_back("x " + width_text(width));
  std::size_t next = 0;
  for (const std::int64_t resolution : grid.resolutions) {
    rows.push_back({std::to_string(resolution)});
    for (std::size_t column = 0; column < grid.widths.size(); ++column) {
      const Feasibility& found = grid.cells[next++].found;
      // The mark takes the same room in every cell, so that the digits stand under each other.
      const std::string mark = mark_of(found.verdict);
      rows.back().push_back(std::to_string(kib_of(found)) + (mark.empty() ? " " : mark));
    }
  }
  return format_table(rows) +
         "KiB needed; x: proven not to fit, at least so much is needed; ?: open\n";
}

}  // namespace tilewright::tool
