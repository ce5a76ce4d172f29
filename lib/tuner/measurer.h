// SPDX-License-Identifier: Apache-2.0
// The tuner's only view of the world: it asks for a visit and reads a clock.
#pragma once

#include <cstddef>
#include <limits>

#include "tilewright/status.h"

namespace tilewright::tuner {

/// A request to time one candidate.
struct Visit {
  std::size_t layer = 0;      // index into `TuningProblem::layers`
  std::size_t candidate = 0;  // index into `Layer::candidates`
  double fraction = 1;        // share of the layer's output rows to run, 1 if not sliceable
  int repeats = 3;            // runs of which the best counts
  /// Full-size seconds beyond which a candidate is not worth more runs; slices by their share of
  /// it.
  double limit_full_seconds = std::numeric_limits<double>::infinity();
  /// No further run starts once the visit has taken so long.
  double max_seconds = std::numeric_limits<double>::infinity();
};

/// What a visit saw.
struct Measurement {
  double seconds = 0;     // undisturbed time of one run of `fraction` of the layer
  double spread = 0;      // relative standard error of `seconds`; 0 if unknown
  double fraction = 1;    // share really run: slices are rounded to whole row panels
  bool censored = false;  // all runs went over the limit; `seconds` is only a lower bound
  double clock_hz = 0;    // of the core right behind it; 0 if unknown
};

/// Runs candidates on a device, or replays a recorded table. `measure_visit` of `measure.h` does
/// the repeating and the statistics for one that runs real kernels.
class Measurer {
 public:
  Measurer() = default;
  Measurer(const Measurer&) = delete;
  Measurer& operator=(const Measurer&) = delete;
  virtual ~Measurer() = default;

  /// Times one candidate. Preparation (packing, page faults) is not part of `seconds`.
  ///
  /// Errors: Cancelled ends the tuning with what is known; any other drops the candidate.
  [[nodiscard]] virtual Result<Measurement> measure(const Visit& visit) = 0;

  /// A monotonic clock that also passes while the tuner thinks.
  [[nodiscard]] virtual double now_seconds() = 0;

  /// The clock of the core now; 0 if unknown.
  [[nodiscard]] virtual double clock_hz() { return 0; }

  /// Lets some time pass without work. Nobody waits where the clock is unknown.
  virtual void wait(double /*seconds*/) {}
};

}  // namespace tilewright::tuner
