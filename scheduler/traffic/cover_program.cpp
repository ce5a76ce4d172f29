// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/cover_program.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tilewright::scheduler {
namespace {

constexpr double kTolerance = 1e-7;
constexpr double kPivotTolerance = 1e-9;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A dictionary: each basic variable, and the objective, as a constant plus multiples of the
/// nonbasic variables. Those at their upper bound are replaced by their distance from it, so that
/// all nonbasic variables are 0.
class Dictionary {
 public:
  explicit Dictionary(const CoverProgram& program)
      : rows_(program.demands.size()), columns_(program.columns.size()) {
    cells_.assign(rows_ * columns_, 0.0);
    upper_.assign(columns_ + rows_, kInfinity);
    flipped_.assign(columns_ + rows_, false);
    for (std::size_t j = 0; j < columns_; ++j) {
      const CoverColumn& column = program.columns[j];
      nonbasic_.push_back(j);
      upper_[j] = static_cast<double>(column.upper);
      const auto cost = static_cast<double>(column.cost);
      cost_.push_back(cost);
      // Costs are tiny numbers with many ties, on which the simplex stalls; each gets a bit more.
      perturbed_.push_back(cost + 1e-6 * (1.0 + static_cast<double>(j * 7919 % 1009) / 1009));
      for (const CoverEntry& entry : column.entries) {
        at(static_cast<std::size_t>(entry.row), j) = entry.coefficient;
      }
    }
    for (std::size_t i = 0; i < rows_; ++i) {
      basic_.push_back(columns_ + i);
      value_.push_back(-static_cast<double>(program.demands[i]));
    }
  }

  enum class End : std::uint8_t { Optimal, Infeasible, Stopped };

  End run(std::int64_t steps_per_line) {
    const std::int64_t max_steps = steps_per_line * static_cast<std::int64_t>(rows_ + columns_);
    for (std::int64_t step = 0; step < max_steps; ++step) {
      const std::size_t row = leaving_row();
      if (row == rows_) return End::Optimal;
      if (value_[row] > 0) flip_basic(row);
      const std::size_t column = entering_column(row);
      if (column == columns_) return End::Infeasible;
      pivot(row, column);
    }
    return End::Stopped;
  }

  [[nodiscard]] std::vector<double> x() const {
    std::vector<double> result(columns_, 0.0);
    for (std::size_t variable = 0; variable < columns_; ++variable) {
      if (flipped_[variable]) result[variable] = upper_[variable];
    }
    for (std::size_t i = 0; i < rows_; ++i) {
      if (basic_[i] >= columns_) continue;
      const double value = value_[i];
      result[basic_[i]] = flipped_[basic_[i]] ? upper_[basic_[i]] - value : value;
    }
    return result;
  }

  [[nodiscard]] std::vector<std::int64_t> dual_values() const {
    std::vector<std::int64_t> result(rows_, 0);
    for (std::size_t j = 0; j < columns_; ++j) {
      if (nonbasic_[j] < columns_) continue;
      result[nonbasic_[j] - columns_] =
          std::max<std::int64_t>(0, std::llround(cost_[j] * static_cast<double>(kDualDenominator)));
    }
    return result;
  }

 private:
  double& at(std::size_t row, std::size_t column) { return cells_[row * columns_ + column]; }

  /// The row whose value is farthest outside its bounds, or `rows_`.
  [[nodiscard]] std::size_t leaving_row() const {
    std::size_t worst = rows_;
    double worst_distance = kTolerance;
    for (std::size_t i = 0; i < rows_; ++i) {
      const double distance = std::max(-value_[i], value_[i] - upper_[basic_[i]]);
      if (distance > worst_distance) {
        worst = i;
        worst_distance = distance;
      }
    }
    return worst;
  }

  void flip_basic(std::size_t row) {
    const std::size_t variable = basic_[row];
    value_[row] = upper_[variable] - value_[row];
    for (std::size_t j = 0; j < columns_; ++j)
      at(row, j) = -at(row, j);
    flipped_[variable] = !flipped_[variable];
  }

  void flip_nonbasic(std::size_t column) {
    const std::size_t variable = nonbasic_[column];
    for (std::size_t i = 0; i < rows_; ++i) {
      value_[i] += at(i, column) * upper_[variable];
      at(i, column) = -at(i, column);
    }
    cost_[column] = -cost_[column];
    perturbed_[column] = -perturbed_[column];
    flipped_[variable] = !flipped_[variable];
  }

  /// The column that repairs `row` at the least cost per unit. Those that are cheaper but too short
  /// go to their upper bound on the way.
  std::size_t entering_column(std::size_t row) {
    candidates_.clear();
    for (std::size_t j = 0; j < columns_; ++j) {
      const double cell = at(row, j);
      if (cell > kPivotTolerance) candidates_.push_back({std::max(0.0, perturbed_[j]) / cell, j});
    }
    std::sort(candidates_.begin(), candidates_.end());
    for (const auto& [ratio, column] : candidates_) {
      const double reach = at(row, column) * upper_[nonbasic_[column]];
      if (value_[row] + reach >= 0) return column;
      flip_nonbasic(column);
    }
    return columns_;
  }

  void pivot(std::size_t row, std::size_t column) {
    double* source = &cells_[row * columns_];
    const double inverse = 1 / source[column];
    for (std::size_t j = 0; j < columns_; ++j)
      source[j] *= -inverse;
    source[column] = inverse;
    value_[row] *= -inverse;
    filled_.clear();
    for (std::size_t j = 0; j < columns_; ++j) {
      if (source[j] != 0) filled_.push_back(j);
    }
    for (std::size_t i = 0; i < rows_; ++i) {
      double* target = &cells_[i * columns_];
      const double factor = target[column];
      if (i == row || factor == 0) continue;
      target[column] = 0;
      add_filled(target, factor, source);
      value_[i] += factor * value_[row];
    }
    for (std::vector<double>* costs : {&cost_, &perturbed_}) {
      const double factor = (*costs)[column];
      (*costs)[column] = 0;
      add_filled(costs->data(), factor, source);
    }
    std::swap(basic_[row], nonbasic_[column]);
  }

  /// Rows of intervals stay sparse for long.
  void add_filled(double* target, double factor, const double* source) const {
    for (const std::size_t j : filled_)
      target[j] += factor * source[j];
  }

  std::size_t rows_;
  std::size_t columns_;
  std::vector<double> cells_;
  std::vector<double> value_;          // of the basic variable of each row
  std::vector<double> cost_;           // of each nonbasic variable
  std::vector<double> perturbed_;      // the same from perturbed costs: decides the steps
  std::vector<std::size_t> basic_;     // a variable per row: columns first, then slacks of rows
  std::vector<std::size_t> nonbasic_;  // a variable per column
  std::vector<double> upper_;          // per variable
  std::vector<bool> flipped_;          // per variable
  std::vector<std::pair<double, std::size_t>> candidates_;
  std::vector<std::size_t> filled_;  // columns of the row that leaves
};

/// `sum += a * b`, or false if that needs more than 64 bits.
bool add_product(std::int64_t& sum, std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return !__builtin_mul_overflow(a, b, &product) && !__builtin_add_overflow(sum, product, &sum);
}

}  // namespace

std::optional<CoverAnswer> minimise_cover(const CoverProgram& program,
                                          std::int64_t steps_per_line) {
  Dictionary dictionary(program);
  const Dictionary::End end = dictionary.run(steps_per_line);
  if (end == Dictionary::End::Infeasible) return std::nullopt;
  CoverAnswer answer{.x = dictionary.x(), .dual_values = dictionary.dual_values()};
  answer.optimal = end == Dictionary::End::Optimal;
  answer.lower_bound = cover_bound(program, answer.dual_values);
  return answer;
}

std::int64_t cover_bound(const CoverProgram& program,
                         const std::vector<std::int64_t>& dual_values) {
  // For any values y >= 0: cost * x >= y * demand + sum of (cost - y * column) * x, and the last
  // sum is least where x is at its upper bound exactly if its factor is negative.
  std::int64_t bound = 0;
  for (std::size_t i = 0; i < program.demands.size(); ++i) {
    if (!add_product(bound, dual_values[i], program.demands[i])) return 0;
  }
  for (const CoverColumn& column : program.columns) {
    std::int64_t factor = column.cost * kDualDenominator;
    for (const CoverEntry& entry : column.entries) {
      const std::int64_t value = dual_values[static_cast<std::size_t>(entry.row)];
      if (!add_product(factor, value, -entry.coefficient)) return 0;
    }
    if (factor < 0 && !add_product(bound, factor, column.upper)) return 0;
  }
  if (bound <= 0) return 0;
  return (bound - 1) / kDualDenominator + 1;
}

}  // namespace tilewright::scheduler
