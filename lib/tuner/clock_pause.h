// SPDX-License-Identifier: Apache-2.0
// Waits for a core that has become slow, as it does when it is hot.
#pragma once

#include <functional>

#include "lib/tuner/measurer.h"

namespace tilewright::tuner {

class ClockPause {
 public:
  /// Waits for `most_seconds` at most, all pauses together. `measurer` outlives the pause.
  ClockPause(Measurer& measurer, double most_seconds);

  /// Whether a clock is more than 10 % under the best that was seen. Zero is none.
  [[nodiscard]] bool is_slow(double clock_hz);

  /// Waits until the core is not slow any more, in steps of 10 ms before which `is_over` is asked.
  /// False if it stays slow, or that is what it says; then this is the best clock from now on.
  [[nodiscard]] bool wait(const std::function<bool()>& is_over);

 private:
  Measurer& measurer_;
  double left_seconds_;
  double best_hz_ = 0;
};

}  // namespace tilewright::tuner
