// SPDX-License-Identifier: Apache-2.0
#include "bench/tuner/replay_score.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

constexpr std::size_t kRaceLooks = 14;

}  // namespace

void replay_clean(const RecordedLayer& recorded, const Strategy& strategy, std::uint64_t seed,
                  Score& score) {
  std::vector<double> seconds;
  for (const std::vector<double>& row : recorded.seconds)
    seconds.push_back(tuner::median(row));
  const double best = *std::ranges::min_element(seconds);
  Replay replay(recorded.layer, kLooks, seed,
                [&](std::size_t i, std::mt19937_64&) { return std::log(seconds[i]); });
  strategy.search(replay);
  std::vector<double> curve;
  double least = 1e9;
  for (const std::size_t candidate : replay.order()) {
    least = std::min(least, seconds[candidate] / best - 1);
    curve.push_back(least);
  }
  curve.resize(kLooks, least);
  const auto looks_to = [&](double regret) {
    const auto first = std::ranges::find_if(curve, [&](double r) { return r <= regret; });
    return static_cast<double>(first - curve.begin() + 1);
  };
  score.to_5.push_back(looks_to(0.05));
  score.to_2.push_back(looks_to(0.02));
  score.curves.push_back(std::move(curve));
}

double replay_noisy(const RecordedLayer& recorded, const Strategy& strategy, std::uint64_t seed,
                    std::size_t looks, bool has_race) {
  const auto look = [&](std::size_t i, std::mt19937_64& random) {
    const std::vector<double>& row = recorded.seconds[i];
    return std::log(row[2 * (random() % ((row.size() + 1) / 2))]);
  };
  Replay replay(recorded.layer, has_race ? looks - kRaceLooks : looks, seed, look);
  strategy.search(replay);
  if (has_race) race(replay);
  std::size_t chosen = replay.best_seen();
  const auto least = std::ranges::min_element(replay.estimates);
  if (std::isfinite(*least)) chosen = static_cast<std::size_t>(least - replay.estimates.begin());
  double best = 1e9;
  for (const std::vector<double>& row : recorded.seconds)
    best = std::min(best, tuner::median(row));
  // The best of many medians is a lucky one; the scored median of the chosen is not.
  return median_seconds(recorded.seconds[chosen], 1) / best - 1;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values)
    sum += value / static_cast<double>(values.size());
  return sum;
}

}  // namespace tilewright::bench
