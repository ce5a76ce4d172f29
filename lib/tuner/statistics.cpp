// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "tilewright/detail/check.h"

namespace tilewright::tuner {

namespace {

double middle(std::span<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

}  // namespace

double median(std::span<const double> values) {
  TILEWRIGHT_CHECK(!values.empty());
  std::vector<double> sorted(values.begin(), values.end());
  return middle(sorted);
}

double median_of_few(std::span<const double> values) {
  TILEWRIGHT_CHECK(!values.empty() && values.size() <= kFewValues);
  std::array<double, kFewValues> sorted{};
  std::ranges::copy(values, sorted.begin());
  return middle(std::span(sorted).first(values.size()));
}

double robust_deviation(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double center = median(values);
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values)
    distances.push_back(std::abs(value - center));
  return 1.4826 * median(distances);
}

double abba_log_ratio(double a_first, double b_first, double b_second, double a_second) {
  return 0.5 * (std::log(b_first / a_first) + std::log(b_second / a_second));
}

bool is_surely_positive(std::span<const double> values) {
  // One-sided 90 % quantiles of Student's t for 1, 2, ... degrees of freedom; then the normal one.
  constexpr std::array kQuantiles{3.078, 1.886, 1.638, 1.533, 1.476,
                                  1.440, 1.415, 1.397, 1.383, 1.372};
  constexpr double kNormalQuantile = 1.282;
  if (values.size() < 2) return false;
  const auto count = static_cast<double>(values.size());
  double mean = 0;
  for (const double value : values)
    mean += value / count;
  double square_sum = 0;
  for (const double value : values)
    square_sum += (value - mean) * (value - mean);
  const double standard_error = std::sqrt(square_sum / (count - 1) / count);
  const std::size_t freedom = values.size() - 1;
  const double quantile = freedom <= kQuantiles.size() ? kQuantiles[freedom - 1] : kNormalQuantile;
  return mean > quantile * standard_error;
}

}  // namespace tilewright::tuner
