// SPDX-License-Identifier: Apache-2.0
// The rule of successive halving, without anything to measure: where it starts and who survives.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "lib/tuner/tuning_problem.h"

namespace tilewright::tuner {

/// All candidates, the analytically fastest first; of equals the first.
[[nodiscard]] std::vector<std::size_t> by_analytic_time(std::span<const Candidate> candidates);

/// How many candidates the first round looks at where there is time for `looks` in all: the rounds
/// together look about twice at each. Two at least.
[[nodiscard]] std::size_t first_round_size(double looks);

/// After a round that ended with these `estimates` of log time by candidate: the better half of
/// `survivors`, but `kRaceField` at least. None if they are no more than that, and halving is done.
[[nodiscard]] std::vector<std::size_t> next_round(std::vector<std::size_t> survivors,
                                                  std::span<const double> estimates);

}  // namespace tilewright::tuner
