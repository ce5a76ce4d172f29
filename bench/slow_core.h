// SPDX-License-Identifier: Apache-2.0
// Makes a core slower for all other threads, on a machine whose cores are alike.
//
//   | taken |  others  | taken |  others  |      a period: some tens of microseconds
//
// A real-time thread has the core for a part of each period and sleeps for the rest. Waking it
// costs the others time as well, so what it takes is set by what a loop of fixed work shows.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <thread>

#include "tilewright/status.h"

namespace tilewright::bench {

/// The calling thread runs on these cores alone, and threads that it makes from now on. Errors:
/// InvalidArgument.
[[nodiscard]] Status stay_on(std::initializer_list<int> cores);

/// All threads of this process but the caller run on `core` alone. Errors: IoError.
[[nodiscard]] Status move_others_to(int core);

/// How much longer work of some milliseconds takes on `slow` than on `fast`, in turns, the median.
/// The calling thread ends on `fast`. Errors: those of `stay_on`.
[[nodiscard]] Result<double> slowness(int slow, int fast);

class SlowCore {
 public:
  /// Lets the core be until `make_slower`.
  SlowCore(int core, std::chrono::nanoseconds shortest_period);
  ~SlowCore();
  SlowCore(const SlowCore&) = delete;
  SlowCore& operator=(const SlowCore&) = delete;

  /// Takes so much of each period that work takes `factor` times as long as on `fast`, of a longer
  /// one where waking alone takes more than that of the shortest. Errors: Unsupported, if this
  /// process may have no real-time threads, or the factor is out of reach.
  [[nodiscard]] Status make_slower(double factor, int fast);

  [[nodiscard]] std::chrono::nanoseconds period() const {
    return std::chrono::nanoseconds(period_ns_.load());
  }

 private:
  void take_periods();

  int core_;
  std::atomic<std::int64_t> period_ns_;
  std::atomic<std::int64_t> taken_ns_{0};  // of each period
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tilewright::bench
