// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/tune.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include "tests/lib/tuner/synthetic_problem.h"

namespace tilewright::tuner {
namespace {

using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

/// A layer whose candidates differ in nothing the model knows; the analytic time falls from first
/// to last by a trace.
SyntheticProblem plain_problem(const std::vector<double>& seconds) {
  Layer layer{.name = "plain"};
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    Candidate candidate{.name = "c" + std::to_string(i),
                        .variant_id = static_cast<std::uint32_t>(i),
                        .analytic_log_seconds = std::log(1e-3) - 1e-6 * static_cast<double>(i)};
    candidate.features[0] = static_cast<double>(i);
    layer.candidates.push_back(candidate);
  }
  return {.problem = {.layers = {layer}}, .times = {seconds}};
}

Result<TuningOutcome> tune_simulated(const SyntheticProblem& synthetic, const Noise& noise,
                                     const TuneOptions& options) {
  SimulatedDevice device(synthetic.times, noise, options.seed + 1000);
  return tune(synthetic.problem, device, options);
}

double slowest_layer_seconds(const SyntheticProblem& synthetic) {
  double slowest = 0;
  for (const auto& times : synthetic.times) {
    slowest = std::max(slowest, *std::ranges::max_element(times));
  }
  return slowest;
}

TEST_CASE("every method keeps within its budget and one run of the slowest layer",
          "[tuner][tune]") {
  const Method method = GENERATE(Method::Gp, Method::Halving, Method::Random, Method::Exhaustive);
  const std::int64_t budget_ms = GENERATE(0, 200, 500, 2000);
  const double slowdown = GENERATE(0.1, 1.0, 30.0, 1000.0);  // networks of 0.3 ms to 3 s
  CAPTURE(to_string(method), budget_ms, slowdown);
  SyntheticProblem synthetic = synthetic_problem(6, 5);
  for (auto& times : synthetic.times) {
    for (double& seconds : times)
      seconds *= slowdown;
  }
  // Preempted runs would last up to three times the longest; drift and jitter add a tenth each.
  constexpr Noise kSmallNoise{.deviation = 0.03, .drift = 0.1};
  const auto outcome =
      tune_simulated(synthetic, kSmallNoise, {.method = method, .budget_ms = budget_ms});
  REQUIRE(outcome);
  const double allowed =
      1.1e-3 * static_cast<double>(budget_ms) + 1.2 * slowest_layer_seconds(synthetic);
  CHECK(outcome->elapsed_seconds <= allowed);
}

TEST_CASE("layers far slower than the model thinks cost one run beyond the budget",
          "[tuner][tune]") {
  // The analytic time is 1 ms.
  const auto outcome = tune_simulated(plain_problem({0.15, 0.15, 0.15}), {}, {.budget_ms = 200});
  REQUIRE(outcome);
  CHECK(outcome->elapsed_seconds <= 0.22 + 0.15);
}

TEST_CASE("no visit starts that is known not to end in time", "[tuner][tune]") {
  const std::int64_t budget_ms = GENERATE(300, 500, 700, 900);
  const auto outcome =
      tune_simulated(plain_problem(std::vector<double>(10, 0.05)), {}, {.budget_ms = budget_ms});
  REQUIRE(outcome);
  CHECK(outcome->evaluations >= 2);
  CHECK(outcome->elapsed_seconds <= 1e-3 * static_cast<double>(budget_ms));
}

TEST_CASE("a layer is told as settled once, as it ends, and at no cost of time", "[tuner][tune]") {
  const SyntheticProblem synthetic = synthetic_problem(6, 5);
  SimulatedDevice device(synthetic.times, kRealNoise, 1);
  std::vector<std::optional<LayerOutcome>> told(synthetic.problem.layers.size());
  const auto outcome = tune(synthetic.problem, device,
                            {.budget_ms = 500, .settled = [&](std::size_t layer, const auto& now) {
                               CHECK_FALSE(told[layer]);
                               told[layer] = now;
                               device.wait(10);
                             }});
  REQUIRE(outcome);
  CHECK(outcome->elapsed_seconds < 0.6);
  std::size_t count = 0;
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (!told[i]) continue;
    ++count;
    CHECK(told[i]->settled);
    CHECK(told[i]->chosen == outcome->layers[i].chosen);
    CHECK(told[i]->log_seconds == outcome->layers[i].log_seconds);
    CHECK(told[i]->candidate_log_seconds == outcome->layers[i].candidate_log_seconds);
  }
  CHECK(count >= 4);
}

TEST_CASE("every algorithm is looked at, however bad the model thinks it is", "[tuner][tune]") {
  std::vector<double> seconds(30, 1e-3);
  seconds[4] = 0.5e-3;
  SyntheticProblem synthetic = plain_problem(seconds);
  Candidate& winograd = synthetic.problem.layers[0].candidates[4];
  winograd.categories.algorithm = 1;
  winograd.analytic_log_seconds += 3;
  const auto outcome = tune_simulated(synthetic, {}, {.budget_ms = 1000});
  REQUIRE(outcome);
  CHECK(outcome->layers[0].chosen == 4);
}

TEST_CASE("slices alone do not speak for a small gain", "[tuner][tune]") {
  const auto chosen_at = [](double gain) {
    SyntheticProblem synthetic = plain_problem({0.1 / (1 + gain), 0.1, 0.1, 0.1, 0.1});
    for (Candidate& candidate : synthetic.problem.layers[0].candidates)
      candidate.sliceable = true;
    const auto outcome = tune_simulated(synthetic, {}, {.budget_ms = 600});
    REQUIRE(outcome);
    return outcome->layers[0].chosen;
  };
  CHECK(chosen_at(0.04) == 4);
  CHECK(chosen_at(0.1) == 0);
}

TEST_CASE("the same seed and measurements give the same outcome", "[tuner][tune]") {
  const Method method = GENERATE(Method::Gp, Method::Halving, Method::Random, Method::Exhaustive);
  CAPTURE(to_string(method));
  const SyntheticProblem synthetic = synthetic_problem(4, 2);
  const TuneOptions options{.method = method, .budget_ms = 150, .seed = 4};
  const auto first = tune_simulated(synthetic, kRealNoise, options);
  const auto second = tune_simulated(synthetic, kRealNoise, options);
  REQUIRE(first);
  REQUIRE(second);
  REQUIRE(first->log.size() == second->log.size());
  for (std::size_t i = 0; i < first->log.size(); ++i) {
    CHECK(first->log[i].candidate == second->log[i].candidate);
    CHECK(first->log[i].start_seconds == second->log[i].start_seconds);
  }
  for (std::size_t i = 0; i < first->layers.size(); ++i) {
    CHECK(first->layers[i].chosen == second->layers[i].chosen);
    CHECK(first->layers[i].gain == second->layers[i].gain);
  }
}

TEST_CASE("every method finds a candidate that is clearly the fastest", "[tuner][tune]") {
  const Method method = GENERATE(Method::Gp, Method::Halving, Method::Random, Method::Exhaustive);
  CAPTURE(to_string(method));
  std::vector<double> seconds(40, 1e-3);
  seconds[17] = 0.6e-3;
  const SyntheticProblem synthetic = plain_problem(seconds);
  const auto outcome = tune_simulated(synthetic, kRealNoise, {.method = method, .budget_ms = 2000});
  REQUIRE(outcome);
  const LayerOutcome& layer = outcome->layers[0];
  CHECK(layer.default_candidate == 39);
  CHECK(layer.chosen == 17);
  CHECK_THAT(layer.gain, WithinAbs(1 / 0.6 - 1, 0.1));
  CHECK_THAT(layer.log_seconds, WithinAbs(std::log(0.6e-3), 0.15));
  CHECK(layer.samples > 0);
  CHECK_THAT(outcome->default_seconds / outcome->tuned_seconds, WithinRel(1 + layer.gain, 1e-9));
}

TEST_CASE("a default is not left for less than the least gain", "[tuner][tune]") {
  std::vector<double> seconds(10, 1.2e-3);
  seconds[9] = 1e-3;         // the default
  seconds[3] = 1e-3 / 1.01;  // one per cent better
  const auto outcome = tune_simulated(plain_problem(seconds), {}, {.budget_ms = 1000});
  REQUIRE(outcome);
  CHECK(outcome->layers[0].chosen == 9);
  CHECK(outcome->layers[0].gain == 0);
  const auto bolder =
      tune_simulated(plain_problem(seconds), {}, {.budget_ms = 1000, .min_gain = 0.005});
  REQUIRE(bolder);
  CHECK(bolder->layers[0].chosen == 3);
}

TEST_CASE("a default is not left for fewer nanoseconds than the code around it costs",
          "[tuner][tune]") {
  std::vector<double> seconds(10, 6e-7);
  seconds[9] = 5e-7;    // the default
  seconds[3] = 4.6e-7;  // 8 % better, by 40 ns
  const auto outcome = tune_simulated(plain_problem(seconds), {}, {.budget_ms = 1000});
  REQUIRE(outcome);
  CHECK(outcome->layers[0].chosen == 9);
  const auto bolder =
      tune_simulated(plain_problem(seconds), {}, {.budget_ms = 1000, .min_gain_seconds = 1e-8});
  REQUIRE(bolder);
  CHECK(bolder->layers[0].chosen == 3);
  seconds[3] = 4.4e-7;
  const auto better = tune_simulated(plain_problem(seconds), {}, {.budget_ms = 1000});
  REQUIRE(better);
  CHECK(better->layers[0].chosen == 3);
}

TEST_CASE("noise rarely talks a layer out of its good default, and hides no large gain",
          "[tuner][tune]") {
  constexpr std::uint64_t kTunings = 40;
  constexpr Noise kLoud{.deviation = 0.15};
  std::vector<double> seconds(12, 1.05e-3);
  seconds[11] = 1e-3;  // the default
  std::uint64_t left = 0;
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= kTunings; ++seed) {
    const TuneOptions options{.budget_ms = 1000, .seed = seed};
    const auto alike = tune_simulated(plain_problem(seconds), kLoud, options);
    REQUIRE(alike);
    left += alike->layers[0].chosen != 11 ? 1 : 0;
    std::vector<double> with_better = seconds;
    with_better[4] = 0.7e-3;
    const auto better = tune_simulated(plain_problem(with_better), kLoud, options);
    REQUIRE(better);
    found += better->layers[0].chosen == 4 ? 1 : 0;
  }
  CAPTURE(left, found);
  CHECK(left <= kTunings / 4);
  CHECK(found >= kTunings * 9 / 10);
}

TEST_CASE("without time for a race a layer keeps its default", "[tuner][tune]") {
  const auto outcome = tune_simulated(plain_problem({0.5, 1, 1, 1}), {}, {.budget_ms = 300});
  REQUIRE(outcome);
  CHECK(outcome->layers[0].chosen == 3);
  CHECK(outcome->layers[0].gain == 0);
}

TEST_CASE("a network that is much slower than the budget is tuned on slices", "[tuner][tune]") {
  SyntheticProblem synthetic = plain_problem({0.1, 0.2, 0.2, 0.2, 0.2});
  for (Candidate& candidate : synthetic.problem.layers[0].candidates)
    candidate.sliceable = true;
  const auto outcome = tune_simulated(synthetic, {}, {.budget_ms = 600});
  REQUIRE(outcome);
  CHECK(outcome->layers[0].chosen == 0);
  CHECK(std::ranges::all_of(outcome->log, [](const Evaluation& evaluation) {
    return evaluation.measurement.fraction < 1;
  }));
}

TEST_CASE("slices that cannot be as small as wished are measured all the same", "[tuner][tune]") {
  SyntheticProblem synthetic = plain_problem({5e-3, 2e-3, 5e-3, 5e-3, 5e-3, 5e-3});
  for (Candidate& candidate : synthetic.problem.layers[0].candidates)
    candidate.sliceable = true;
  SimulatedDevice device(synthetic.times, {}, 1);
  device.panel_count = 1;  // every slice is the whole
  const auto outcome = tune(synthetic.problem, device, {.budget_ms = 1000});
  REQUIRE(outcome);
  CHECK(outcome->layers[0].chosen == 1);
  const auto is_of_default = [](const Evaluation& evaluation) { return evaluation.candidate == 5; };
  const auto first = std::ranges::find_if(outcome->log, is_of_default);
  REQUIRE(first != outcome->log.end());
  CHECK_FALSE(first->measurement.censored);
  CHECK(first->measurement.fraction == 1);
}

TEST_CASE("a race with time enough runs at full size", "[tuner][tune]") {
  SyntheticProblem synthetic = plain_problem({1e-3, 2e-3, 2e-3, 2e-3});
  for (Candidate& candidate : synthetic.problem.layers[0].candidates)
    candidate.sliceable = true;
  const auto outcome = tune_simulated(synthetic, {}, {.budget_ms = 1000});
  REQUIRE(outcome);
  CHECK(outcome->layers[0].chosen == 0);
  for (const Evaluation& evaluation : outcome->log) {
    if (evaluation.stage == Stage::Race) CHECK(evaluation.measurement.fraction == 1);
  }
}

TEST_CASE("candidates that do not run are dropped, the default among them", "[tuner][tune]") {
  const Method method = GENERATE(Method::Gp, Method::Halving, Method::Random, Method::Exhaustive);
  CAPTURE(to_string(method));
  const SyntheticProblem synthetic = plain_problem({1e-3, 0.5e-3, 2e-3, 2e-3, 0.1e-3});
  SimulatedDevice device(synthetic.times, {}, 1);
  device.failing = {{0, 4}, {0, 2}};
  const auto outcome = tune(synthetic.problem, device, {.method = method, .budget_ms = 500});
  REQUIRE(outcome);
  CHECK(outcome->layers[0].chosen == 1);
}

TEST_CASE("a layer of which nothing runs is an error that names it", "[tuner][tune]") {
  const SyntheticProblem synthetic = plain_problem({1e-3, 1e-3});
  SimulatedDevice device(synthetic.times, {}, 1);
  device.failing = {{0, 0}, {0, 1}};
  const auto outcome = tune(synthetic.problem, device, {.budget_ms = 500});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == ErrorCode::KernelFailed);
  CHECK(outcome.error().message ==
        "tuning of layer 'plain': expected a candidate that runs, got none; last: simulated: does "
        "not run");
}

TEST_CASE("a stop from either side ends the tuning with what is known", "[tuner][tune]") {
  const SyntheticProblem synthetic = synthetic_problem(3, 1);
  const std::size_t stop_after = GENERATE(1, 5, 40, 120);
  SimulatedDevice cancelling(synthetic.times, {}, 1);
  cancelling.cancel_after = stop_after;
  const auto cancelled = tune(synthetic.problem, cancelling, {.budget_ms = 2000});
  REQUIRE(cancelled);
  CHECK(cancelled->stopped);
  CHECK(cancelled->evaluations == stop_after);

  SimulatedDevice device(synthetic.times, {}, 1);
  const auto stop = [&](const Progress& progress) {
    return progress.evaluations >= stop_after ? Next::Stop : Next::Continue;
  };
  const auto stopped = tune(synthetic.problem, device, {.budget_ms = 2000, .progress = stop});
  REQUIRE(stopped);
  CHECK(stopped->stopped);
  CHECK(device.visit_count == stop_after);
}

TEST_CASE("progress tells of every visit, in order", "[tuner][tune]") {
  const SyntheticProblem synthetic = synthetic_problem(2, 1);
  SimulatedDevice device(synthetic.times, {}, 1);
  std::vector<Progress> told;
  const auto note = [&](const Progress& progress) {
    told.push_back(progress);
    return Next::Continue;
  };
  const auto outcome = tune(synthetic.problem, device, {.budget_ms = 200, .progress = note});
  REQUIRE(outcome);
  REQUIRE(told.size() == outcome->evaluations);
  REQUIRE(told.size() == outcome->log.size());
  CHECK(told.front().evaluations == 1);
  CHECK(told.front().stage == Stage::Search);
  CHECK(told.back().stage == Stage::Race);
  CHECK(told.back().budget_seconds == 0.2);
  CHECK(std::ranges::is_sorted(told, {}, &Progress::elapsed_seconds));
}

TEST_CASE("a problem without layers is tuned at once", "[tuner][tune]") {
  SimulatedDevice device({}, {}, 1);
  const auto outcome = tune(TuningProblem{}, device, {});
  REQUIRE(outcome);
  CHECK(outcome->layers.empty());
  CHECK(outcome->default_seconds == 0);
}

TEST_CASE("layers are worth their count", "[tuner][tune]") {
  // Two equal layers, of which one stands for fifty, and time for one only.
  SyntheticProblem synthetic = plain_problem(std::vector<double>(30, 4e-3));
  synthetic.problem.layers.push_back(synthetic.problem.layers[0]);
  synthetic.problem.layers[1].count = 50;
  synthetic.times.push_back(synthetic.times[0]);
  const auto outcome = tune_simulated(synthetic, kRealNoise, {.budget_ms = 300});
  REQUIRE(outcome);
  CHECK(outcome->layers[1].evaluations > 3 * outcome->layers[0].evaluations);
}

TEST_CASE("methods have names and other names are refused", "[tuner][tune]") {
  const Method method = GENERATE(Method::Gp, Method::Halving, Method::Random, Method::Exhaustive);
  const auto parsed = parse_method(to_string(method));
  REQUIRE(parsed);
  CHECK(*parsed == method);
  const auto refused = parse_method("magic");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "tuning method: expected gp, halving, random or exhaustive, got 'magic'");
}

TEST_CASE("options that make no sense are refused", "[tuner][tune]") {
  SimulatedDevice device({}, {}, 1);
  const auto negative = tune(TuningProblem{}, device, {.budget_ms = -1});
  REQUIRE_FALSE(negative);
  CHECK(negative.error().message == "tuning: expected a budget of at least 0 ms, got -1");
  const auto gain = tune(TuningProblem{}, device, {.min_gain = -1});
  REQUIRE_FALSE(gain);
  CHECK(gain.error().message ==
        "tuning: expected min_gain >= 0 and inference_count > 0, got -1.000000 and 10000.000000");
  const auto seconds = tune(TuningProblem{}, device, {.min_gain_seconds = -1});
  REQUIRE_FALSE(seconds);
  CHECK(seconds.error().message == "tuning: expected min_gain_seconds >= 0, got -1.000000");
}

}  // namespace
}  // namespace tilewright::tuner
