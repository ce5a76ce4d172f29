// SPDX-License-Identifier: Apache-2.0
// Small linear programs of covering rows, with a lower bound that does not rest on rounding.
//
//   minimise cost * x   with   sum of coefficient * x >= demand in each row,   0 <= x <= upper
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace tilewright::scheduler {

struct CoverEntry {
  std::int32_t row = 0;
  std::int32_t coefficient = 1;
};

struct CoverColumn {
  std::int64_t cost = 0;  // never negative
  std::int64_t upper = 0;
  std::vector<CoverEntry> entries = {};
};

struct CoverProgram {
  std::vector<std::int64_t> demands;  // per row
  std::vector<CoverColumn> columns;
};

struct CoverAnswer {
  std::vector<double> x;                  // optimal up to the precision of floating point
  bool optimal = false;                   // false if the steps ran out; the bound holds nonetheless
  std::int64_t lower_bound = 0;           // of every integral x: exact, from the dual values
  std::vector<std::int64_t> dual_values;  // per row, in parts of kDualDenominator
};

/// Dual values are rounded to this fraction; those of small programs are multiples of it.
inline constexpr std::int64_t kDualDenominator = 720'720;

/// The bounded dual simplex from the all-slack basis, on a dense dictionary: O(rows * columns) per
/// step, of which it makes `steps_per_line` for each row and column at most. None if the rows
/// exclude each other. Deterministic; ties go to the lower index. Source: Maros, Computational
/// techniques of the simplex method, 2003, chapter 10 (long steps).
[[nodiscard]] std::optional<CoverAnswer> minimise_cover(const CoverProgram& program,
                                                        std::int64_t steps_per_line);

/// What `dual_values` prove: no feasible integral x costs less. For all values from 0 up.
[[nodiscard]] std::int64_t cover_bound(const CoverProgram& program,
                                       const std::vector<std::int64_t>& dual_values);

}  // namespace tilewright::scheduler
