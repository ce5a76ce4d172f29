// SPDX-License-Identifier: Apache-2.0
// What it says about a kernel that processes ended while they tried it: nothing the first time, for
// they may have been killed. What ends a process does so again.
#pragma once

#include <vector>

#include "lib/tuner/blacklist.h"
#include "lib/tuner/cache.h"
#include "lib/tuner/trial_journal.h"

namespace tilewright::tuner {

/// So many processes must end in the same trial, and none survive it in between, before its kernel
/// is blacklisted.
inline constexpr std::int32_t kDeathsToBlacklist = 2;

/// What is to be merged into `known` when one more process has ended in `trial`: that it is
/// suspected, and with the last of `kDeathsToBlacklist` that its kernel is blacklisted.
[[nodiscard]] TuningCache after_death(const TuningCache& known, const TrialRecord& trial);

/// What is to be merged into `known` when `trial` ran to its end: that it is not suspected.
[[nodiscard]] TuningCache after_survival(const TuningCache& known, const TrialRecord& trial);

/// Trials of `place` in which a process ended and none has survived since, in the order of the
/// cache.
[[nodiscard]] std::vector<TrialRecord> suspected_trials(const TuningCache& known,
                                                        const TrialPlace& place);

}  // namespace tilewright::tuner
