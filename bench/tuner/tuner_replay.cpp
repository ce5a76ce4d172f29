// SPDX-License-Identifier: Apache-2.0
// Compares ways to search on recorded tables, deterministically.
//
//   tuner_replay [--seeds=50] TABLE.json... > build/replay.json
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/tuner/recorded_table.h"
#include "bench/tuner/replay_score.h"
#include "bench/tuner/replay_strategies.h"
#include "lib/tuner/gp.h"
#include "lib/tuner/promise.h"
#include "lib/tuner/statistics.h"

namespace tilewright::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLeastCandidates = 16;

/// What even the best candidate scores on the odd rounds alone: noise of the table, no regret.
double noise_of(const RecordedLayer& recorded) {
  const auto by_all = [](const std::vector<double>& row) { return tuner::median(row); };
  const auto best = std::ranges::min_element(recorded.seconds, {}, by_all);
  return median_seconds(*best, 1) / tuner::median(*best) - 1;
}

double share_within(const std::vector<double>& values, double limit) {
  return static_cast<double>(std::ranges::count_if(values, [&](double v) { return v <= limit; })) /
         static_cast<double>(values.size());
}

Json mean_and_quartiles(std::vector<double> regrets) {
  std::ranges::sort(regrets);
  const std::size_t n = regrets.size();
  return {mean(regrets), regrets[n / 4], regrets[3 * n / 4]};
}

Json to_json(const Strategy& strategy, const Score& score) {
  Json curve = Json::array();
  for (std::size_t look = 0; look < kLooks; ++look) {
    std::vector<double> regrets;
    for (const std::vector<double>& c : score.curves)
      regrets.push_back(c[look]);
    curve.push_back(mean_and_quartiles(std::move(regrets)));
  }
  Json noisy = Json::array();
  for (std::size_t i = 0; i < kNoisyLooks.size(); ++i)
    noisy.push_back({{"looks", kNoisyLooks[i]},
                     {"alone", mean_and_quartiles(score.noisy[i].alone)},
                     {"raced", mean_and_quartiles(score.noisy[i].raced)}});
  const auto& [alone, raced] = score.noisy.back();
  return {{"strategy", strategy.name},
          {"looks_to_5_percent", tuner::median(score.to_5)},
          {"looks_to_2_percent", tuner::median(score.to_2)},
          {"final_regret", mean(alone)},
          {"final_within_2_percent", share_within(alone, 0.02)},
          {"raced_regret", mean(raced)},
          {"raced_within_2_percent", share_within(raced, 0.02)},
          {"raced_within_5_percent", share_within(raced, 0.05)},
          {"noisy", noisy},
          {"curve", curve}};  // of the clean ones
}

/// Microseconds of the last of `kSteps` steps of the process among 512 candidates: it takes in what
/// was seen, and picks what to look at next by the improvement that it expects of each.
double step_us() {
  constexpr std::size_t kSteps = 64;
  std::vector<tuner::Candidate> candidates(512);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].variant_id = static_cast<std::uint32_t>(i % 16);
    candidates[i].features = {static_cast<double>(i % 7), static_cast<double>(i % 11)};
  }
  double least = 1e9;
  for (int repeat = 0; repeat < 20; ++repeat) {
    tuner::Gp gp(candidates, tuner::Hyperparameters{});
    std::vector<bool> seen(candidates.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < kSteps; ++i) {
      const double log_seconds = 0.3 * std::sin(static_cast<double>(next));
      const auto begin = std::chrono::steady_clock::now();
      gp.add({.candidate = next, .log_seconds = log_seconds, .noise_variance = 1e-3});
      seen[next] = true;
      const auto best = tuner::most_promising(gp, tuner::incumbent_log_seconds(gp),
                                              [&](std::size_t c) { return !seen[c]; });
      const std::chrono::duration<double, std::micro> taken =
          std::chrono::steady_clock::now() - begin;
      next = best->candidate;
      if (i + 1 == kSteps) least = std::min(least, taken.count());
    }
  }
  return least;
}

int run(int argc, char** argv) {
  std::uint64_t seeds = 50;
  std::vector<RecordedLayer> layers;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--seeds=", 8) == 0) {
      seeds = std::strtoull(argv[i] + 8, nullptr, 10);
      continue;
    }
    auto table = read_table(argv[i]);
    if (!table) {
      std::fprintf(stderr, "tuner_replay: %s\n", table.error().message.c_str());
      return 1;
    }
    for (RecordedLayer& layer : table->layers)
      if (layer.seconds.size() >= kLeastCandidates) layers.push_back(std::move(layer));
  }
  if (layers.empty() || seeds == 0) return 2;
  std::vector<double> noise;
  for (const RecordedLayer& layer : layers)
    noise.push_back(noise_of(layer));
  Json report{
      {"layers", layers.size()}, {"seeds", seeds}, {"step_us", step_us()}, {"noise", mean(noise)}};
  for (const Strategy& strategy : strategies()) {
    Score score;
    for (const RecordedLayer& layer : layers) {
      for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        replay_clean(layer, strategy, seed, score);
        for (std::size_t i = 0; i < kNoisyLooks.size(); ++i) {
          auto& [alone, raced] = score.noisy[i];
          alone.push_back(replay_noisy(layer, strategy, seed, kNoisyLooks[i], false));
          raced.push_back(replay_noisy(layer, strategy, seed, kNoisyLooks[i], true));
        }
      }
    }
    report["strategies"].push_back(to_json(strategy, score));
  }
  std::puts(report.dump(1).c_str());
  return 0;
}

}  // namespace
}  // namespace tilewright::bench

int main(int argc, char** argv) {
  return tilewright::bench::run(argc, argv);
}
