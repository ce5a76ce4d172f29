// SPDX-License-Identifier: Apache-2.0
// Turns "run it once" into a measurement that a slow clock or a preemption does not spoil.
#pragma once

#include <cstdint>
#include <functional>

#include "tilewright/status.h"

#include "lib/tuner/measurer.h"

namespace tilewright::tuner {

/// Time and core clock, as functions, so that tests bring their own.
struct Timer {
  std::function<double()> now_seconds;  // monotonic
  std::function<double()> clock_hz;     // of the core that asks; takes some 30 us
  /// Time this thread has spent on a core; it stands still while others have the core. May be
  /// empty, for work that other threads share.
  std::function<double()> busy_seconds{};
};

/// The machine's own, for work of so many threads: a steady clock, a chain of dependent additions,
/// and, of one thread, its CPU time where the system counts it.
[[nodiscard]] Timer machine_timer(std::int32_t threads = 1);

/// Executes the work to be timed once.
using RunOnce = std::function<Status()>;

/// Time of one run, above 0: the shorter of wall and busy time. Errors: those of `run`.
[[nodiscard]] Result<double> run_seconds(const RunOnce& run, const Timer& timer);

/// What is done right before and right behind each run, outside of its time. May be empty.
struct AroundRun {
  std::function<void()> before{};
  std::function<void()> after{};
};

/// Times `run` as `visit` asks: the least of `visit.repeats` runs, without the time in which this
/// thread had no core. A round of runs between two
/// looks at the clock that differ by more than 3 % is thrown away and taken again, twice at most;
/// after that the difference is added to the spread. Two runs over the limit, or one over twice the
/// limit, end the visit as censored.
///
/// The caller has prepared the work (packed, touched its memory), and `visit.fraction` is what
/// `run` really covers: slices are rounded to whole row panels. Errors: those of `run`.
[[nodiscard]] Result<Measurement> measure_visit(const RunOnce& run, const Visit& visit,
                                                const Timer& timer, const AroundRun& around = {});

/// How much longer one work takes than another.
struct PairedRatio {
  double log_ratio = 0;  // median over blocks of log(candidate / reference)
  double deviation = 0;  // robust standard deviation of one block
  std::int32_t blocks = 0;
};

/// One of two works that are compared. `prepare` may be empty; it comes before each run and does
/// not count.
struct Contender {
  RunOnce run;
  RunOnce prepare = {};
};

/// Runs `reference` and `candidate` in `blocks` blocks of the order A B B A and compares within
/// each, so that drift of the machine cancels. Every letter is the least of `repeats` runs.
///
/// Errors: those of the runs.
[[nodiscard]] Result<PairedRatio> measure_paired(const Contender& reference,
                                                 const Contender& candidate, std::int32_t blocks,
                                                 std::int32_t repeats, const Timer& timer);

}  // namespace tilewright::tuner
