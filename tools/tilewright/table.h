// SPDX-License-Identifier: Apache-2.0
// Columns of text, as wide as their widest cell; numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace tilewright::tool {

/// The first row is the heading. A column whose cells below it all begin with a digit, sign or dash
/// is aligned right.
[[nodiscard]] std::string format_table(const std::vector<std::vector<std::string>>& rows);

/// `value` with `decimals` digits behind the point.
[[nodiscard]] std::string format_number(double value, int decimals);

}  // namespace tilewright::tool
