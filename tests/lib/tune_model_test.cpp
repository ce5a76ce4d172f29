// SPDX-License-Identifier: Apache-2.0
// Kernels for a whole program: by the model, by the cache, by measuring.
#include "lib/tune_model.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include <catch2/catch_test_macros.hpp>

#include "lib/device_profile.h"
#include "lib/kernel_measurer.h"
#include "lib/plan_builder.h"
#include "lib/tuner/device_text.h"
#include "tests/lib/network_run.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tests {
namespace {

/// Enough on a busy machine too, where a run may take ten times as long.
constexpr std::chrono::milliseconds kBudget{1000};

TunedKernels chosen(const Program& program, const CompileOptions& options = {}) {
  auto result = choose_kernels(program, options);
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

}  // namespace

TEST_CASE("without budget and cache every op gets the analytic best") {
  const Program program = lower(small_network());
  const TunedKernels kernels = chosen(program);
  REQUIRE(kernels.choices.size() == program.ops.size());
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const auto all = kernel_candidates(program.ops[i], runtime::supported_isas(), assumed_device());
    REQUIRE(all);
    CHECK(candidate_name(kernels.choices[i]) == candidate_name(best_candidate(*all)));
  }
  for (const TunedLayer& layer : kernels.report.layers) {
    CHECK(layer.source == ChoiceSource::Analytic);
    CHECK(layer.chosen == layer.default_choice);
    CHECK(layer.gain == 0);
  }
  CHECK(kernels.report.evaluations == 0);
  CHECK(kernels.report.tuned_ms == kernels.report.default_ms);
}

TEST_CASE("tuning starts from what runs without it") {
  const Program program = lower(small_network());
  const TunedKernels untuned = chosen(program);
  const TunedKernels tuned = chosen(program, {.tuning = {.budget = kBudget}});
  REQUIRE(tuned.report.layers.size() == untuned.report.layers.size());
  for (std::size_t i = 0; i < untuned.report.layers.size(); ++i)
    CHECK(tuned.report.layers[i].default_choice == untuned.report.layers[i].chosen);
  // Without the time to measure anything, that is what stays.
  const TunedKernels hurried =
      chosen(program, {.tuning = {.budget = std::chrono::milliseconds(1)}});
  for (std::size_t i = 0; i < untuned.report.layers.size(); ++i) {
    if (hurried.report.layers[i].source == ChoiceSource::Analytic)
      CHECK(hurried.report.layers[i].chosen == untuned.report.layers[i].chosen);
  }
}

TEST_CASE("ops of one signature are one layer") {
  const TunedKernels kernels = chosen(lower(heavy_network()));
  REQUIRE(kernels.report.layers.size() == 1);
  CHECK(kernels.report.layers[0].count == 4);
  CHECK(kernels.report.layers[0].name == "first");
}

TEST_CASE("a choice of the cache that this build lacks is left out") {
  const tuner::TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  const Program program = lower(heavy_network());
  const TunedKernels tuned = chosen(program, {.tuning = {.budget = kBudget, .cache_file = path}});
  REQUIRE(tuned.report.layers[0].source == ChoiceSource::Tuned);
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::string name = tuned.report.layers[0].chosen;
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
    text.replace(at, 3, "not");
  std::ofstream(path) << text;
  const TunedKernels again = chosen(program, {.tuning = {.cache_file = path}});
  CHECK(again.report.layers[0].source == ChoiceSource::Analytic);
}

namespace {

/// A cache file in which another build chose `candidate` for the only layer of heavy_network.
std::string cache_of_another_build(const tuner::TemporaryFolder& folder, const Program& program,
                                   const std::string& candidate) {
  const std::string path = folder.file("tune.json");
  tuner::TuningCache cache;
  cache[{signature(program.ops[0]), device_name(), 1, "another build"}] = {
      .candidate = candidate, .log_seconds = -7, .samples = 3};
  REQUIRE(tuner::save_cache(cache, path));
  return path;
}

}  // namespace

TEST_CASE("what another build found is taken without a budget, and tuned anew with one") {
  const Program program = lower(heavy_network());
  const auto all = kernel_candidates(program.ops[0], runtime::supported_isas(), assumed_device());
  REQUIRE(all);
  const std::string name = candidate_name(all->back());
  REQUIRE(name != candidate_name(best_candidate(*all)));
  const tuner::TemporaryFolder folder;
  const std::string path = cache_of_another_build(folder, program, name);
  const TunedKernels taken = chosen(program, {.tuning = {.cache_file = path}});
  CHECK(taken.report.layers[0].source == ChoiceSource::Prior);
  CHECK(taken.report.layers[0].chosen == name);
  const TunedKernels tuned = chosen(program, {.tuning = {.budget = kBudget, .cache_file = path}});
  CHECK(tuned.report.layers[0].source == ChoiceSource::Tuned);
  CHECK(tuned.report.layers[0].default_choice == name);
  const TunedKernels again = chosen(program, {.tuning = {.cache_file = path}});
  CHECK(again.report.layers[0].source == ChoiceSource::Cache);
}

TEST_CASE("tuning measures the device once and leaves it in the cache") {
  const Program program = lower(heavy_network());
  const tuner::TemporaryFolder folder;
  const std::string path = cache_of_another_build(folder, program, "none");
  const CompileOptions options{.tuning = {.budget = kBudget, .cache_file = path}};
  const auto begin = std::chrono::steady_clock::now();
  const TunedKernels tuned = chosen(program, options);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  const auto device = tuner::find_device(tuner::load_cache(path).cache, device_name());
  REQUIRE(device);
  CHECK(device->clock_hz > 1e8);
  CHECK(device->l2.size_bytes == assumed_device().l2.size_bytes);
}

TEST_CASE("mode Off does not read the cache, modes Off and Cached measure nothing") {
  const Program program = lower(heavy_network());
  const auto all = kernel_candidates(program.ops[0], runtime::supported_isas(), assumed_device());
  REQUIRE(all);
  const std::string name = candidate_name(all->back());
  const tuner::TemporaryFolder folder;
  const std::string path = cache_of_another_build(folder, program, name);
  const auto layer_in_mode = [&](TuningMode mode) {
    const CompileOptions options{.tuning = {
                                     .mode = mode,
                                     .budget = kBudget,
                                     .cache_file = path,
                                 }};
    const TunedKernels kernels = chosen(program, options);
    CHECK(kernels.report.evaluations == 0);
    return kernels.report.layers.at(0);
  };
  CHECK(layer_in_mode(TuningMode::Off).source == ChoiceSource::Analytic);
  CHECK(layer_in_mode(TuningMode::Off).chosen != name);
  CHECK(layer_in_mode(TuningMode::Cached).source == ChoiceSource::Prior);
  CHECK(layer_in_mode(TuningMode::Cached).chosen == name);
}

TEST_CASE("an interrupted tuning leaves what it learnt, and the next one goes on") {
  const Program program = lower(small_network());
  const tuner::TemporaryFolder folder;
  const std::string path = cache_of_another_build(folder, lower(heavy_network()), "none");
  CompileOptions options{.tuning = {.budget = std::chrono::milliseconds(400), .cache_file = path}};
  const auto count = [](const TunedKernels& kernels, ChoiceSource source) {
    return std::ranges::count(kernels.report.layers, source, &TunedLayer::source);
  };
  int visits_left = 2;
  options.tuning.interrupt = {[](void* left) { return --*static_cast<int*>(left) <= 0; },
                              &visits_left};
  const TunedKernels interrupted = chosen(program, options);
  CHECK(interrupted.report.evaluations == 2);
  CHECK(count(interrupted, ChoiceSource::Tuned) == 2);

  options.tuning.interrupt = {};
  options.tuning.mode = TuningMode::Cached;
  const TunedKernels between = chosen(program, options);
  CHECK(count(between, ChoiceSource::Prior) == 2);
  CHECK(count(between, ChoiceSource::Cache) == 0);

  options.tuning.mode = TuningMode::Budget;
  const TunedKernels finished = chosen(program, options);
  CHECK(count(finished, ChoiceSource::Tuned) > 2);
  CHECK(count(finished, ChoiceSource::Prior) == 0);
  const TunedKernels again = chosen(program, options);
  CHECK(count(again, ChoiceSource::Cache) == count(finished, ChoiceSource::Tuned));
}

TEST_CASE("a cache in a place that cannot be written is a warning, and tuning works") {
  const CompileOptions options{
      .tuning = {.budget = kBudget, .cache_file = "/proc/tilewright_tune.json"}};
  const TunedKernels tuned = chosen(lower(heavy_network()), options);
  CHECK(tuned.report.layers.at(0).source == ChoiceSource::Tuned);
  REQUIRE(tuned.report.warnings.size() == 1);
  CHECK(tuned.report.warnings[0].find("/proc/tilewright_tune.json") != std::string::npos);
}

TEST_CASE("the device is assumed alike every time") {
  CHECK(tuner::format_device(assumed_device()) == tuner::format_device(assumed_device()));
}

TEST_CASE("every method tunes within its budget and reports what it did") {
  const Program program = lower(heavy_network());
  for (const TuningMethod method : {TuningMethod::Halving, TuningMethod::Random}) {
    const TunedKernels tuned = chosen(program, {.tuning = {.budget = kBudget, .method = method}});
    const TunedLayer& layer = tuned.report.layers[0];
    CHECK(layer.source == ChoiceSource::Tuned);
    CHECK(layer.evaluations > 0);
    CHECK(layer.seconds > 0);
    CHECK(tuned.report.evaluations >= layer.evaluations);
    CHECK(tuned.report.elapsed_ms > 0);
  }
}

TEST_CASE("kernels of a layer run on the threads on which they are measured") {
  const Program heavy = lower(heavy_network());
  const Program small = lower(small_network());
  for (const auto& [program, threads] : {std::pair(&heavy, 2), std::pair(&small, 1)}) {
    const TunedKernels kernels = chosen(*program, {.threads = 2});
    for (const KernelLayer& layer : kernels.layers.layers) {
      for (KernelChoice choice : layer.candidates) {
        CHECK(choice.threads == threads);
        choice.log_seconds = std::log(30e-6);  // measured, on all threads
        std::int64_t constants_bytes = 0;
        CHECK(make_step(*layer.op, choice, 2, constants_bytes).sharing.threads == threads);
      }
    }
  }
}

TEST_CASE("a kernel is measured whole or in part, on one thread or more") {
  const Program program = lower(heavy_network());
  const auto candidates = kernel_candidates(program.ops[0], runtime::supported_isas(), {});
  REQUIRE(candidates);
  const KernelLayer layers[] = {{&program.ops[0], *candidates}};
  for (const std::int32_t threads : {1, 2}) {
    KernelMeasurer measurer(layers, weights_bytes(layers), threads);
    for (std::size_t candidate = 0; candidate < std::min<std::size_t>(candidates->size(), 10);
         ++candidate) {
      tuner::Visit visit;
      visit.candidate = candidate;
      visit.fraction = candidate % 2 == 0 ? 1 : 0.25;
      const auto measured = measurer.measure(visit);
      REQUIRE(measured);
      CHECK(measured->seconds > 0);
      CHECK(measured->fraction > 0);
      CHECK(measured->fraction <= 1);
    }
    CHECK(measurer.now_seconds() > 0);
  }
}

}  // namespace tilewright::tests
