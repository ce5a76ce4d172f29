// SPDX-License-Identifier: Apache-2.0
// A device that replays a table of true times under its own clock, with the noise of real machines.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "lib/tuner/measure.h"
#include "lib/tuner/measurer.h"
#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// Seeded draws that are the same with every standard library.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : engine_(seed) {}

  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::mt19937_64 engine_;
};

struct Noise {
  double deviation = 0;        // log-normal, of every run
  double preempted_share = 0;  // of runs, which take up to three times longer
  double drift = 0;            // relative amplitude of slow periods
  double drift_period_seconds = 0.3;
};

/// About what a phone does.
inline constexpr Noise kRealNoise{.deviation = 0.03, .preempted_share = 0.05, .drift = 0.1};

/// Seconds of every candidate of every layer, without noise.
using TrueTimes = std::vector<std::vector<double>>;

class SimulatedDevice final : public Measurer {
 public:
  SimulatedDevice(TrueTimes times, const Noise& noise, std::uint64_t seed)
      : times_(std::move(times)), noise_(noise), draws_(seed) {}

  Result<Measurement> measure(const Visit& visit) override {
    ++visit_count;
    if (visit_count > cancel_after) return Error{ErrorCode::Cancelled, "simulated: cancelled"};
    now_ += overhead_seconds;
    if (failing.contains({visit.layer, visit.candidate})) {
      return Error{ErrorCode::KernelFailed, "simulated: does not run"};
    }
    Visit sliced = visit;
    sliced.fraction = std::max(std::ceil(visit.fraction * panel_count - 0.5), 1.0) / panel_count;
    const RunOnce run = [&]() -> Status {
      now_ += run_seconds(sliced);
      return ok();
    };
    return measure_visit(
        run, sliced,
        {.now_seconds = [this] { return now_; }, .clock_hz = [this] { return clock_hz(); }});
  }

  double now_seconds() override { return now_; }
  double clock_hz() override { return kClockHz * speed(now_ - kBegin); }
  void wait(double seconds) override {
    now_ += seconds;
    waited_seconds += seconds;
  }

  double overhead_seconds = 40e-6;  // of a visit: two looks at the clock
  double panel_count = 1024;        // slices are rounded to whole row panels
  std::size_t visit_count = 0;
  double waited_seconds = 0;
  /// Of the core, by the seconds since the beginning; 1 is usual.
  std::function<double(double)> speed = [](double) { return 1.0; };
  std::size_t cancel_after = std::numeric_limits<std::size_t>::max();
  std::set<std::pair<std::size_t, std::size_t>> failing;

 private:
  static constexpr double kBegin = 100;
  static constexpr double kClockHz = 3e9;

  double run_seconds(const Visit& visit) {
    const double slow =
        0.5 + 0.5 * std::sin(2 * std::numbers::pi * now_ / noise_.drift_period_seconds);
    double log_factor = noise_.deviation * draws_.normal() + std::log1p(noise_.drift * slow);
    if (draws_.uniform() < noise_.preempted_share) log_factor += std::log1p(2 * draws_.uniform());
    return times_[visit.layer][visit.candidate] * visit.fraction * std::exp(log_factor) /
           speed(now_ - kBegin);
  }

  TrueTimes times_;
  Noise noise_;
  Draws draws_;
  double now_ = kBegin;
};

}  // namespace tilewright::tuner
