// SPDX-License-Identifier: Apache-2.0
// Within a visit the least time counts, since disturbances only add; across visits only pairs are
// compared, since slow periods outlast a visit. (The least over long times records when a candidate
// ran, not how fast it is.)
#include "lib/tuner/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <ctime>
#include <limits>
#include <utility>
#include <vector>

#include "tilewright/detail/check.h"

#include "lib/tuner/statistics.h"

namespace tilewright::tuner {
namespace {

constexpr double kClockTolerance = 0.03;
constexpr int kRoundLimit = 3;
constexpr double kShortestSeconds =
    1e-9;  // below the resolution of clocks; keeps logarithms finite

/// The empty assembly keeps the compiler from folding the additions; each takes one cycle on every
/// core and waits for the one before.
double chain_seconds(const std::function<double()>& now_seconds) {
  constexpr int kSteps = 1000;
  constexpr int kAddsPerStep = 16;
  std::uint64_t sum = 1;
  std::uint64_t addend = 3;
  const double begin = now_seconds();
  for (int step = 0; step < kSteps; ++step) {
    for (int i = 0; i < kAddsPerStep; ++i) {
      sum += addend;
      asm volatile("" : "+r"(sum), "+r"(addend));
    }
  }
  return (now_seconds() - begin) / (kSteps * kAddsPerStep);
}

double steady_seconds() {
  const auto since_start = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since_start).count();
}

#ifdef CLOCK_THREAD_CPUTIME_ID
double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}
#endif

double chain_clock_hz() {
  const double seconds = std::min(chain_seconds(steady_seconds), chain_seconds(steady_seconds));
  return 1 / std::max(seconds, 1e-12);
}

/// Of one run with what is done around it.
Result<double> seconds_within(const RunOnce& run, const Timer& timer, const AroundRun& around) {
  if (around.before) around.before();
  Result<double> seconds = run_seconds(run, timer);
  if (around.after) around.after();
  return seconds;
}

/// The runs of one round; stops early for either limit of the visit.
Result<std::vector<double>> run_round(const RunOnce& run, const Visit& visit, double begin,
                                      const Timer& timer, const AroundRun& around) {
  std::vector<double> seconds;
  for (int i = 0; i < std::max(visit.repeats, 1); ++i) {
    if (i > 0 && timer.now_seconds() - begin >= visit.max_seconds) break;
    TILEWRIGHT_TRY(const double run_time, seconds_within(run, timer, around));
    seconds.push_back(run_time);
    // The first run may be slow for its cold caches; a second one decides.
    const double limit_seconds = visit.limit_full_seconds * visit.fraction;
    if (run_time > 2 * limit_seconds) break;
    if (i > 0 && *std::ranges::min_element(seconds) > limit_seconds) break;
  }
  return seconds;
}

/// Relative distance of the middle run from the best; about the standard error of the least of
/// three.
double round_spread(const std::vector<double>& seconds) {
  return median(seconds) / *std::ranges::min_element(seconds) - 1;
}

Result<double> least_seconds(const Contender& contender, std::int32_t repeats, const Timer& timer) {
  double least = std::numeric_limits<double>::infinity();
  for (std::int32_t i = 0; i < std::max(repeats, 1); ++i) {
    if (contender.prepare) TILEWRIGHT_RETURN_IF_ERROR(contender.prepare());
    TILEWRIGHT_TRY(const double seconds, run_seconds(contender.run, timer));
    least = std::min(least, seconds);
  }
  return least;
}

}  // namespace

Timer machine_timer(std::int32_t threads) {
  Timer timer{.now_seconds = steady_seconds, .clock_hz = chain_clock_hz};
#ifdef CLOCK_THREAD_CPUTIME_ID
  if (threads == 1) timer.busy_seconds = thread_seconds;
#endif
  return timer;
}

Result<double> run_seconds(const RunOnce& run, const Timer& timer) {
  // Busy time encloses the wall time, so that it is shorter only for a run that lost its core.
  const double busy_begin = timer.busy_seconds ? timer.busy_seconds() : 0;
  const double begin = timer.now_seconds();
  TILEWRIGHT_RETURN_IF_ERROR(run());
  double seconds = timer.now_seconds() - begin;
  if (timer.busy_seconds) seconds = std::min(seconds, timer.busy_seconds() - busy_begin);
  return std::max(seconds, kShortestSeconds);
}

Result<Measurement> measure_visit(const RunOnce& run, const Visit& visit, const Timer& timer,
                                  const AroundRun& around) {
  const double begin = timer.now_seconds();
  Measurement best{.seconds = std::numeric_limits<double>::infinity(), .fraction = visit.fraction};
  for (int round = 0; round < kRoundLimit; ++round) {
    const double clock_before = timer.clock_hz();
    TILEWRIGHT_TRY(const std::vector<double> seconds, run_round(run, visit, begin, timer, around));
    const double clock_after = timer.clock_hz();
    const double clock_change = std::abs(std::log(clock_after / clock_before));
    const double least = *std::ranges::min_element(seconds);
    const bool is_calm = clock_change <= kClockTolerance;
    if (is_calm || least < best.seconds) {
      best.seconds = least;
      best.clock_hz = clock_after;
      best.spread = round_spread(seconds) + (is_calm ? 0 : clock_change);
      best.censored = least > visit.limit_full_seconds * visit.fraction;
    }
    if (is_calm || timer.now_seconds() - begin >= visit.max_seconds) break;
  }
  return best;
}

Result<PairedRatio> measure_paired(const Contender& reference, const Contender& candidate,
                                   std::int32_t blocks, std::int32_t repeats, const Timer& timer) {
  TILEWRIGHT_CHECK(blocks > 0);
  std::vector<double> ratios;
  for (std::int32_t block = 0; block < blocks; ++block) {
    TILEWRIGHT_TRY(const double a_first, least_seconds(reference, repeats, timer));
    TILEWRIGHT_TRY(const double b_first, least_seconds(candidate, repeats, timer));
    TILEWRIGHT_TRY(const double b_second, least_seconds(candidate, repeats, timer));
    TILEWRIGHT_TRY(const double a_second, least_seconds(reference, repeats, timer));
    ratios.push_back(abba_log_ratio(a_first, b_first, b_second, a_second));
  }
  return PairedRatio{
      .log_ratio = median(ratios), .deviation = robust_deviation(ratios), .blocks = blocks};
}

}  // namespace tilewright::tuner
