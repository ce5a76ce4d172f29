// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/halving.h"

#include <algorithm>
#include <numeric>

#include "lib/tuner/race.h"

namespace tilewright::tuner {

std::vector<std::size_t> by_analytic_time(std::span<const Candidate> candidates) {
  std::vector<std::size_t> ranks(candidates.size());
  std::iota(ranks.begin(), ranks.end(), std::size_t{0});
  std::ranges::stable_sort(ranks, {},
                           [&](std::size_t i) { return candidates[i].analytic_log_seconds; });
  return ranks;
}

std::size_t first_round_size(double looks) {
  return static_cast<std::size_t>(std::clamp(looks / 2, 2.0, 1e6));
}

std::vector<std::size_t> next_round(std::vector<std::size_t> survivors,
                                    std::span<const double> estimates) {
  if (survivors.size() <= kRaceField) return {};
  std::ranges::sort(survivors);
  std::ranges::stable_sort(survivors, {}, [&](std::size_t i) { return estimates[i]; });
  survivors.resize(std::max(survivors.size() / 2, kRaceField));
  return survivors;
}

}  // namespace tilewright::tuner
