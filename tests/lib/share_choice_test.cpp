// SPDX-License-Identifier: Apache-2.0
// Layers on one thread or all, as the cache knows and as it is measured.
#include "lib/share_choice.h"

#include <cmath>

#include <catch2/catch_test_macros.hpp>

#include "lib/device_profile.h"
#include "tests/lib/network_run.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tests {
namespace {

TunedKernels kernels_chosen(const Program& program, const CompileOptions& options) {
  auto result = choose_kernels(program, options);
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

/// A cache that knows the analytic choice of every layer to take 50 microseconds, and that shares
/// change it by `log_ratio`.
std::string cache_with_ratio(const Program& program, const CompileOptions& options,
                             const tuner::TemporaryFolder& folder, double log_ratio) {
  tuner::TuningCache cache;
  const TunedKernels untuned = kernels_chosen(program, options);
  for (std::size_t op = 0; op < untuned.choices.size(); ++op) {
    const KernelLayer& layer = untuned.layers.layers[untuned.layers.layer_of_op[op]];
    const KernelChoice& choice = untuned.choices[op];
    cache[layer_cache_key(device_name(), layer.signature, options.threads)] = {
        .candidate = candidate_name(choice), .log_seconds = std::log(50e-6), .samples = 3};
    cache[share_cache_key(device_name(), layer, choice, options.threads)] = {
        .candidate = log_ratio < 0 ? "shared" : "alone", .log_seconds = log_ratio, .samples = 5};
  }
  const std::string path = folder.file("tune.json");
  REQUIRE(tuner::save_cache(cache, path));
  return path;
}

/// That a program whose layers the model gives `before` shares runs in `after` if shares change
/// times by `log_ratio`, and how much faster.
void check_change(const Program& program, std::int32_t before, double log_ratio, std::int32_t after,
                  double log_change) {
  const tuner::TemporaryFolder folder;
  CompileOptions options{.threads = 2};
  options.tuning.cache_file = cache_with_ratio(program, {.threads = 2}, folder, log_ratio);
  for (const KernelChoice& choice : kernels_chosen(program, {.threads = 2}).choices)
    CHECK(choice.shares == before);
  const TunedKernels known = kernels_chosen(program, options);
  for (const KernelChoice& choice : known.choices) {
    CHECK(choice.shares == after);
    CHECK(std::abs(choice.log_seconds - std::log(50e-6) - log_change) < 1e-6);
  }
  for (const TunedLayer& layer : known.report.layers)
    CHECK(std::abs(std::log(layer.seconds / 50e-6) - log_change) < 1e-6);
}

}  // namespace

TEST_CASE("a layer that is known to be slower in shares runs on one thread") {
  check_change(lower(heavy_network()), 2, 0.25, 1, -0.25);
}

TEST_CASE("a layer that is known to be faster in shares is shared") {
  check_change(lower(small_network()), 1, -0.5, 2, -0.5);
}

TEST_CASE("a layer that would gain too little stays as it is") {
  check_change(lower(heavy_network()), 2, 0.02, 2, 0);
  check_change(lower(heavy_network()), 2, -0.5, 2, 0);
  check_change(lower(small_network()), 1, -0.02, 1, 0);
}

TEST_CASE("what is unsure is measured within a budget, and the cache repeats it") {
  const Program program = lower(heavy_network());
  const CompileOptions options{.threads = 2};
  const tuner::TemporaryFolder folder;
  const std::string path = cache_with_ratio(program, options, folder, 0);
  TunedKernels kernels = kernels_chosen(
      program, {.threads = 2, .tuning = {.mode = TuningMode::Cached, .cache_file = path}});
  CompileOptions measuring = options;
  measuring.tuning.cache_file = path;
  REQUIRE(choose_shares(measuring, {}, 10'000, kernels));
  const tuner::TuningCache cache = tuner::load_cache(path).cache;
  for (std::size_t op = 0; op < kernels.choices.size(); ++op) {
    const KernelLayer& layer = kernels.layers.layers[kernels.layers.layer_of_op[op]];
    const tuner::CacheValue* value =
        tuner::find(cache, share_cache_key(device_name(), layer, kernels.choices[op], 2));
    if (value == nullptr) {
      CHECK(kernels.choices[op].shares == 2);
      WARN("not measured: other programs have the cores");
      continue;
    }
    CHECK(value->candidate == (value->log_seconds < 0 ? "shared" : "alone"));
  }
  CHECK(kernels.report.elapsed_ms > 0);
}

TEST_CASE("one thread, or no time, leaves all as it is") {
  const Program program = lower(heavy_network());
  for (const std::int32_t threads : {1, 2}) {
    const CompileOptions options{.threads = threads};
    TunedKernels kernels = kernels_chosen(program, options);
    for (TunedLayer& layer : kernels.report.layers) {
      layer.source = ChoiceSource::Tuned;
      layer.seconds = 50e-6;
    }
    REQUIRE(choose_shares(options, {}, 0, kernels));
    for (const KernelChoice& choice : kernels.choices)
      CHECK(choice.shares == threads);
  }
}

}  // namespace tilewright::tests
