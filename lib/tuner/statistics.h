// SPDX-License-Identifier: Apache-2.0
// Statistics that a few preempted samples do not move.
#pragma once

#include <cstddef>
#include <span>

namespace tilewright::tuner {

/// The middle value, or the mean of the two middle ones. `values` is not empty.
[[nodiscard]] double median(std::span<const double> values);

/// The same for at most `kFewValues` values; allocates nothing.
inline constexpr std::size_t kFewValues = 8;
[[nodiscard]] double median_of_few(std::span<const double> values);

/// Standard deviation from the median absolute deviation, times 1.4826 so that it agrees with the
/// usual one for normal samples. 0 for fewer than two values.
[[nodiscard]] double robust_deviation(std::span<const double> values);

/// log(b / a) from four times taken in the order a, b, b, a: a drift that is linear in time
/// cancels.
[[nodiscard]] double abba_log_ratio(double a_first, double b_first, double b_second,
                                    double a_second);

/// Whether the mean of `values` is above zero by a one-sided t test at p < 0.1. Never with fewer
/// than two.
[[nodiscard]] bool is_surely_positive(std::span<const double> values);

}  // namespace tilewright::tuner
