// SPDX-License-Identifier: Apache-2.0
// How good the methods are, on tables whose truth is known. Means over seeds; the simulated device
// makes every number the same on every machine.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/tuner/statistics.h"
#include "lib/tuner/tune.h"
#include "tests/lib/tuner/synthetic_problem.h"

namespace tilewright::tuner {
namespace {

constexpr std::uint64_t kSeeds = 6;

std::vector<std::size_t> chosen_of(const TuningOutcome& outcome) {
  std::vector<std::size_t> chosen;
  for (const LayerOutcome& layer : outcome.layers)
    chosen.push_back(layer.chosen);
  return chosen;
}

std::vector<std::size_t> defaults_of(const SyntheticProblem& synthetic) {
  std::vector<std::size_t> defaults;
  for (const Layer& layer : synthetic.problem.layers)
    defaults.push_back(default_candidate(layer));
  return defaults;
}

double mean_regret(Method method, std::int64_t budget_ms, const Noise& noise) {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SyntheticProblem synthetic = synthetic_problem(10, seed);
    SimulatedDevice device(synthetic.times, noise, 70 + seed);
    const auto outcome =
        tune(synthetic.problem, device, {.method = method, .budget_ms = budget_ms, .seed = seed});
    REQUIRE(outcome);
    sum += regret(synthetic, chosen_of(*outcome));
  }
  return sum / static_cast<double>(kSeeds);
}

/// Visits of the search until one within `tolerance` of the layer's best was seen; a large number
/// if never.
double evaluations_to(const SyntheticProblem& synthetic, const TuningOutcome& outcome,
                      double tolerance) {
  const auto& times = synthetic.times[0];
  const double wanted = (1 + tolerance) * *std::ranges::min_element(times);
  for (std::size_t i = 0; i < outcome.log.size(); ++i) {
    if (times[outcome.log[i].candidate] <= wanted) return static_cast<double>(i + 1);
  }
  return 1000;
}

TEST_CASE("gp sees a candidate within 5 % of the best after few evaluations", "[tuner][replay]") {
  std::vector<double> evaluations;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SyntheticProblem synthetic = synthetic_problem(10, seed);
    const std::size_t layer = seed % 10;
    synthetic.problem.layers = {synthetic.problem.layers[layer]};
    synthetic.times = {synthetic.times[layer]};
    SimulatedDevice device(synthetic.times, {}, seed);
    const auto outcome = tune(synthetic.problem, device, {.budget_ms = 1000, .seed = seed});
    REQUIRE(outcome);
    evaluations.push_back(evaluations_to(synthetic, *outcome, 0.05));
  }
  CHECK(median(evaluations) <= 8);
}

TEST_CASE("gp beats random, halving and exhaustive search at equal time", "[tuner][replay]") {
  const double gp = mean_regret(Method::Gp, 250, kRealNoise);
  const double random = mean_regret(Method::Random, 250, kRealNoise);
  const double halving = mean_regret(Method::Halving, 250, kRealNoise);
  const double exhaustive = mean_regret(Method::Exhaustive, 250, kRealNoise);
  CAPTURE(gp, random, halving, exhaustive);
  CHECK(gp < 0.5 * random);
  CHECK(gp < 0.5 * halving);
  CHECK(gp < 0.5 * exhaustive);
  CHECK(gp < 0.02);
}

TEST_CASE("with time every method comes near the best", "[tuner][replay]") {
  CHECK(mean_regret(Method::Gp, 1000, kRealNoise) < 0.01);
  CHECK(mean_regret(Method::Halving, 3000, kRealNoise) < 0.02);
  CHECK(mean_regret(Method::Random, 3000, kRealNoise) < 0.02);
  CHECK(mean_regret(Method::Exhaustive, 8000, kRealNoise) < 0.02);
}

TEST_CASE("no network ends slower than its default, however little the time", "[tuner][replay]") {
  for (const std::int64_t budget_ms : {20, 60, 200}) {
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      CAPTURE(budget_ms, seed);
      const SyntheticProblem synthetic = synthetic_problem(10, seed);
      SimulatedDevice device(synthetic.times, kRealNoise, seed);
      const auto outcome = tune(synthetic.problem, device, {.budget_ms = budget_ms, .seed = seed});
      REQUIRE(outcome);
      CHECK(regret(synthetic, chosen_of(*outcome)) <=
            regret(synthetic, defaults_of(synthetic)) + 0.01);
    }
  }
}

TEST_CASE("the gain that is told is the gain that was made", "[tuner][replay]") {
  int layers = 0;
  int off = 0;  // by more than 5 %: noise, in a few of a hundred
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const SyntheticProblem synthetic = synthetic_problem(10, seed);
    SimulatedDevice device(synthetic.times, kRealNoise, seed);
    const auto outcome = tune(synthetic.problem, device, {.budget_ms = 2000});
    REQUIRE(outcome);
    for (std::size_t i = 0; i < outcome->layers.size(); ++i) {
      const LayerOutcome& layer = outcome->layers[i];
      const double truth =
          synthetic.times[i][layer.default_candidate] / synthetic.times[i][layer.chosen] - 1;
      const double error = std::abs(layer.gain - truth) / (1 + truth);
      CAPTURE(seed, i, layer.gain, truth);
      CHECK(error < 0.15);
      ++layers;
      if (error >= 0.05) ++off;
    }
  }
  CHECK(off <= layers / 50);
}

TEST_CASE("tunings with different seeds find networks of equal speed", "[tuner][replay]") {
  const SyntheticProblem synthetic = synthetic_problem(10, 8);
  std::vector<double> regrets;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SimulatedDevice device(synthetic.times, kRealNoise, seed);
    const auto outcome = tune(synthetic.problem, device, {.budget_ms = 1000, .seed = seed});
    REQUIRE(outcome);
    regrets.push_back(regret(synthetic, chosen_of(*outcome)));
  }
  CHECK(*std::ranges::max_element(regrets) - *std::ranges::min_element(regrets) < 0.03);
}

TEST_CASE("short layers are halved over the whole list", "[tuner][replay]") {
  SyntheticProblem synthetic = synthetic_problem(1, 4);
  for (double& seconds : synthetic.times[0])
    seconds *= 1e-2;
  SimulatedDevice device(synthetic.times, {}, 1);
  const auto outcome = tune(synthetic.problem, device, {.budget_ms = 500});
  REQUIRE(outcome);
  std::vector<bool> seen(synthetic.times[0].size());
  for (const Evaluation& evaluation : outcome->log)
    seen[evaluation.candidate] = true;
  CHECK(std::ranges::all_of(seen, [](bool was_seen) { return was_seen; }));
}

}  // namespace
}  // namespace tilewright::tuner
