// SPDX-License-Identifier: Apache-2.0
#include "bench/turn_timing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "tilewright/detail/check.h"

#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

Status prepare(const tuner::Contender& contender) {
  return contender.prepare ? contender.prepare() : ok();
}

Result<double> letter_seconds(const tuner::Contender& contender, const Letter& letter,
                              const tuner::Timer& timer) {
  const double begin = timer.now_seconds();
  do {
    TILEWRIGHT_RETURN_IF_ERROR(prepare(contender));
    TILEWRIGHT_RETURN_IF_ERROR(contender.run());
  } while (timer.now_seconds() - begin < letter.settle_seconds);
  std::vector<double> seconds;
  double sum = 0;
  do {
    TILEWRIGHT_RETURN_IF_ERROR(prepare(contender));
    TILEWRIGHT_TRY(const double run_time, tuner::run_seconds(contender.run, timer));
    seconds.push_back(run_time);
    sum += run_time;
  } while (sum < letter.timed_seconds);
  return tuner::median(seconds);
}

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

}  // namespace

Result<Block> time_block(const tuner::Contender& reference, const tuner::Contender& contender,
                         const Letter& letter, const tuner::Timer& timer) {
  TILEWRIGHT_TRY(const double a_first, letter_seconds(reference, letter, timer));
  TILEWRIGHT_TRY(const double b_first, letter_seconds(contender, letter, timer));
  TILEWRIGHT_TRY(const double b_second, letter_seconds(contender, letter, timer));
  TILEWRIGHT_TRY(const double a_second, letter_seconds(reference, letter, timer));
  return Block{
      .ratio = std::exp(tuner::abba_log_ratio(a_first, b_first, b_second, a_second)),
      .reference_seconds = std::sqrt(a_first * a_second),
      .contender_seconds = std::sqrt(b_first * b_second),
  };
}

Quartiles quartiles(std::vector<double> values) {
  TILEWRIGHT_CHECK(!values.empty());
  std::ranges::sort(values);
  return {quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)};
}

}  // namespace tilewright::bench
