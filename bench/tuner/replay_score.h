// SPDX-License-Identifier: Apache-2.0
// What a strategy is worth on recorded layers.
//
// Clean: a look gives the median of a candidate's samples; what counts is the best seen. Noisy: a
// look draws a sample of the even rounds, and the candidate that is chosen in the end is scored by
// the odd ones, so that luck in the draw does not count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/tuner/recorded_table.h"
#include "bench/tuner/replay_strategies.h"

namespace tilewright::bench {

inline constexpr std::size_t kLooks = 40;
inline constexpr std::array<std::size_t, 4> kNoisyLooks{16, 24, 32, kLooks};

/// Final regrets with so many looks.
struct NoisyScore {
  std::vector<double> alone, raced;
};

/// All layers and seeds of one strategy.
struct Score {
  std::vector<std::vector<double>> curves;  // a regret per look
  std::vector<double> to_5, to_2;           // looks
  std::array<NoisyScore, kNoisyLooks.size()> noisy;
};

/// Adds the curve, and the looks to 5 and 2 % of regret; `kLooks` + 1 for never.
void replay_clean(const RecordedLayer& recorded, const Strategy& strategy, std::uint64_t seed,
                  Score& score);

/// The final regret with `looks` looks in all, the last fourteen of them a race if wished.
[[nodiscard]] double replay_noisy(const RecordedLayer& recorded, const Strategy& strategy,
                                  std::uint64_t seed, std::size_t looks, bool has_race);

[[nodiscard]] double mean(const std::vector<double>& values);

}  // namespace tilewright::bench
