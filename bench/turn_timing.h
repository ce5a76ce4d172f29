// SPDX-License-Identifier: Apache-2.0
// Two works timed against each other on a machine whose speed changes within seconds.
#pragma once

#include <vector>

#include "tilewright/status.h"

#include "lib/tuner/measure.h"

namespace tilewright::bench {

/// What a letter of a block A B B A is: runs that do not count, one at least, then runs that do.
///
/// The first ones bring a work's own weights to where they usually are, and outlast the
/// millisecond for which workers of the session before stay awake. Of the timed ones the median
/// counts: the least would be that of the machine's best moment within the letter, and better the
/// more runs there are.
struct Letter {
  double settle_seconds = 2e-3;
  double timed_seconds = 8e-3;
};

/// One block of a reference A and a contender B.
struct Block {
  double ratio = 1;  // of B's time to A's, in which a linear drift cancels
  double reference_seconds = 0;
  double contender_seconds = 0;  // of two letters, as above; geometric means
};

/// Runs A B B A. Errors: those of the runs.
[[nodiscard]] Result<Block> time_block(const tuner::Contender& reference,
                                       const tuner::Contender& contender, const Letter& letter,
                                       const tuner::Timer& timer);

/// Of `values`, which are not empty, with linear interpolation between them.
struct Quartiles {
  double lower = 0;
  double median = 0;
  double upper = 0;
};
[[nodiscard]] Quartiles quartiles(std::vector<double> values);

}  // namespace tilewright::bench
