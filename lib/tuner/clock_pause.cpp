// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/clock_pause.h"

#include <algorithm>

namespace tilewright::tuner {
namespace {

constexpr double kLeastClock = 0.9;  // of the best
constexpr double kStepSeconds = 0.01;

}  // namespace

ClockPause::ClockPause(Measurer& measurer, double most_seconds)
    : measurer_(measurer), left_seconds_(most_seconds) {}

bool ClockPause::is_slow(double clock_hz) {
  best_hz_ = std::max(best_hz_, clock_hz);
  return clock_hz > 0 && clock_hz < kLeastClock * best_hz_;
}

bool ClockPause::wait(const std::function<bool()>& is_over) {
  for (;;) {
    const double clock_hz = measurer_.clock_hz();
    if (!is_slow(clock_hz)) return true;
    if (left_seconds_ <= 0 || is_over()) {
      best_hz_ = clock_hz;
      return false;
    }
    const double begin = measurer_.now_seconds();
    const double step = std::min(kStepSeconds, left_seconds_);
    measurer_.wait(step);
    left_seconds_ -= std::max(step, measurer_.now_seconds() - begin);
  }
}

}  // namespace tilewright::tuner
