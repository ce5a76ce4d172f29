// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/table.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace tilewright::tool {
namespace {

bool is_numeric(const std::vector<std::vector<std::string>>& rows, std::size_t column) {
  return std::all_of(rows.begin() + 1, rows.end(), [column](const auto& row) {
    const std::string& cell = row[column];
    return cell.empty() || cell[0] == '-' || cell[0] == '+' ||
           std::isdigit(static_cast<unsigned char>(cell[0])) != 0;
  });
}

}  // namespace

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return "";
  const std::size_t columns = rows[0].size();
  std::string text;
  std::vector<std::size_t> widths(columns, 0);
  std::vector<bool> right(columns);
  for (std::size_t c = 0; c < columns; ++c) {
    for (const auto& row : rows)
      widths[c] = std::max(widths[c], row[c].size());
    right[c] = is_numeric(rows, c);
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string blanks(widths[c] - row[c].size(), ' ');
      line += right[c] ? blanks + row[c] : row[c] + blanks;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string format_number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

}  // namespace tilewright::tool
