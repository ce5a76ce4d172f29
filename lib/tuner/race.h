// SPDX-License-Identifier: Apache-2.0
// The last word: the best few candidates of a layer run against each other in pairs, at full size.
#pragma once

#include <cstddef>

#include "lib/tuner/tuning_run.h"

namespace tilewright::tuner {

/// Candidates that enter a race where time allows; it then goes on with 4 and with 2.
inline constexpr std::size_t kRaceField = 8;

/// Races every layer whose search left more than its default to choose from, those with most to
/// gain first, and sets `chosen` and `gain`.
///
/// In a round the pivot A (the favourite by estimate) and each challenger run in the order A B B A,
/// and only log ratios within such a block count. The default always takes part, and stays until it
/// is surely slower (`is_surely_positive`). A layer leaves it only for a sure gain, in the median
/// over `TuneOptions::min_gain` and, of a run, `min_gain_seconds`; over 5 % where a single block or
/// slices had to do.
void race_layers(TuningRun& run, double deadline_seconds);

}  // namespace tilewright::tuner
