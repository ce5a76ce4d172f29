// SPDX-License-Identifier: Apache-2.0
// Layers shared as the cache knows and as it is measured.
#include "lib/share_choice.h"

#include <cmath>
#include <functional>

#include <catch2/catch_test_macros.hpp>

#include "lib/device_profile.h"
#include "lib/plan_builder.h"
#include "lib/share_search.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tests {
namespace {

using runtime::CutAxis;
using runtime::Sharing;

TunedKernels kernels_chosen(const Program& program, const CompileOptions& options) {
  auto result = choose_kernels(program, options);
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

/// Four layers that differ.
graph::Graph widening_network() {
  rewriting::tests::Draft draft;
  auto x = draft.input({1, 40, 40, 16});
  for (const std::int64_t channels : {16, 24, 32, 40})
    x = draft.conv("to " + std::to_string(channels), x, channels);
  draft.output(x);
  return draft.graph();
}

/// What each layer is shared like where nothing is known, and what it could be cut into.
struct LayerShares {
  Sharing first;
  runtime::StepCuts cuts;
};
LayerShares shares_of(const KernelLayer& layer, const KernelChoice& choice, std::int32_t threads) {
  std::int64_t constants_bytes = 0;
  const runtime::Step step = make_step(*layer.op, choice, threads, constants_bytes);
  return {step.sharing, runtime::step_cuts(step)};
}

/// A cache that knows the analytic choice of every layer to take 50 microseconds, and that it takes
/// e^log_ratio times as long if shared as `name` says.
std::string cache_with(const Program& program, std::int32_t threads, const std::string& name,
                       double log_ratio, const tuner::TemporaryFolder& folder) {
  tuner::TuningCache cache;
  const TunedKernels untuned = kernels_chosen(program, {.threads = threads});
  for (std::size_t op = 0; op < untuned.choices.size(); ++op) {
    const KernelLayer& layer = untuned.layers.layers[untuned.layers.layer_of_op[op]];
    const KernelChoice& choice = untuned.choices[op];
    cache[layer_cache_key(device_name(), layer.signature, threads)] = {
        .candidate = candidate_name(choice), .log_seconds = std::log(50e-6), .samples = 3};
    const Sharing first = shares_of(layer, choice, threads).first;
    cache[share_cache_key(device_name(), layer, choice, first, ShareQuestion::Threads, threads)] = {
        .candidate = name, .log_seconds = log_ratio, .samples = 5};
  }
  const std::string path = folder.file("tune.json");
  REQUIRE(tuner::save_cache(cache, path));
  return path;
}

/// That the layers of `program`, which the model gives to `threads_before` of two threads, are
/// shared as expected if the cache knows `name` to take e^-0.25 of the time.
void check_known(const Program& program, std::int32_t threads_before, const std::string& name,
                 const std::function<Sharing(const LayerShares&)>& expected) {
  const tuner::TemporaryFolder folder;
  CompileOptions options{.threads = 2};
  options.tuning.cache_file = cache_with(program, 2, name, -0.25, folder);
  const TunedKernels untuned = kernels_chosen(program, {.threads = 2});
  const TunedKernels known = kernels_chosen(program, options);
  for (std::size_t op = 0; op < known.choices.size(); ++op) {
    const std::size_t layer = known.layers.layer_of_op[op];
    const KernelLayer& own = known.layers.layers[layer];
    CAPTURE(own.op->name);
    CHECK(untuned.choices[op].threads == threads_before);
    const LayerShares shares = shares_of(own, untuned.choices[op], 2);
    const Sharing wanted = expected(shares);
    CHECK(shares_of(own, known.choices[op], 2).first == wanted);
    CHECK(known.report.layers[layer].sharing == wanted);
    const double log_change = wanted == shares.first ? 0 : -0.25;
    CHECK(std::abs(known.choices[op].log_seconds - std::log(50e-6) - log_change) < 1e-6);
    CHECK(std::abs(std::log(known.report.layers[layer].seconds / 50e-6) - log_change) < 1e-6);
  }
}

}  // namespace

TEST_CASE("a layer that is known to be faster alone runs on one thread") {
  check_known(lower(heavy_network()), 2, "1 thread",
              [](const LayerShares&) { return Sharing{1, 1, CutAxis::Rows}; });
}

TEST_CASE("a layer that is known to be faster shared is shared") {
  const Sharing by_rows{2, 2, CutAxis::Rows};
  check_known(lower(small_network()), 1, sharing_name(by_rows), [&](const LayerShares& shares) {
    return shares.cuts.allows(by_rows) ? by_rows : shares.first;
  });
}

TEST_CASE("a layer that is known to be faster in more parts, or cut otherwise, is cut so") {
  for (const Sharing sharing : {Sharing{2, 8, CutAxis::Rows}, Sharing{2, 2, CutAxis::Columns},
                                Sharing{2, 4, CutAxis::Columns}}) {
    std::size_t cut = 0;
    check_known(lower(heavy_network()), 2, sharing_name(sharing), [&](const LayerShares& shares) {
      cut += shares.cuts.allows(sharing) ? 1 : 0;
      return shares.cuts.allows(sharing) ? sharing : shares.first;
    });
    if (sharing.axis == CutAxis::Rows) CHECK(cut > 0);
  }
}

TEST_CASE("what an older or a damaged cache says of shares changes nothing") {
  for (const char* name : {"alone", "shared", "", "3 threads, 3 parts of rows",
                           "2 threads, 1000 parts of rows", "2 threads, 3 parts of rows"})
    check_known(lower(heavy_network()), 2, name,
                [](const LayerShares& shares) { return shares.first; });
}

TEST_CASE(
    "where the cache says that all layers gain by parts, those are cut that it does not know") {
  const Program program = lower(heavy_network());
  for (const char* parts : {"4", "1", "many"}) {
    const tuner::TemporaryFolder folder;
    CompileOptions options{.threads = 2};
    options.tuning.cache_file = cache_with(program, 2, "unknown", 0, folder);
    tuner::TuningCache cache = tuner::load_cache(options.tuning.cache_file).cache;
    cache[parts_cache_key(device_name(), 2)] = {
        .candidate = parts, .log_seconds = -0.25, .samples = 9};
    REQUIRE(tuner::save_cache(cache, options.tuning.cache_file));
    const bool is_cut = std::string(parts) == "4";
    const TunedKernels known = kernels_chosen(program, options);
    for (std::size_t op = 0; op < known.choices.size(); ++op) {
      const TunedLayer& layer = known.report.layers[known.layers.layer_of_op[op]];
      CHECK(layer.sharing == Sharing{2, is_cut ? 8 : 2, CutAxis::Rows});
      CHECK(known.choices[op].sharing.value_or(Sharing{2, 2, CutAxis::Rows}) == layer.sharing);
      CHECK(std::abs(std::log(layer.seconds / 50e-6) - (is_cut ? -0.25 : 0)) < 1e-6);
    }
  }
}

TEST_CASE("whether all layers gain by parts is asked once, of three of them at least") {
  const tuner::TemporaryFolder folder;
  for (const bool has_layers : {false, true}) {
    const Program program = lower(has_layers ? widening_network() : heavy_network());
    CompileOptions options{.threads = 2};
    options.tuning = {.mode = TuningMode::Cached,
                      .cache_file = cache_with(program, 2, "unknown", 0, folder)};
    TunedKernels kernels = kernels_chosen(program, options);
    REQUIRE(choose_shares(options, {}, 10'000, kernels));
    const tuner::TuningCache cache = tuner::load_cache(options.tuning.cache_file).cache;
    const tuner::CacheValue* known = tuner::find(cache, parts_cache_key(device_name(), 2));
    if (!has_layers) CHECK(known == nullptr);
    if (!has_layers) continue;
    if (known == nullptr) {
      WARN("not measured: other programs have the cores");
      continue;
    }
    CHECK(known->samples >= 3);
    CHECK(known->candidate == (known->log_seconds <= -0.1 ? "4" : "1"));
  }
}

TEST_CASE("kernels that cannot be cut as the chosen one are shared by as many threads") {
  KernelChoice choice = kernels_chosen(lower(heavy_network()), {.threads = 4}).choices[0];
  choice.threads = 2;
  choice.sharing = Sharing{2, 8, CutAxis::Columns};
  const runtime::StepCuts no_columns{.rows = {.extent = 100, .granule = 1}, .columns = {}};
  CHECK(sharing_of(choice, no_columns, 4) == Sharing{2, 2, CutAxis::Rows});
  const runtime::StepCuts few_rows{.rows = {.extent = 4, .granule = 4}, .columns = {}};
  CHECK(sharing_of(choice, few_rows, 4) == Sharing{1, 1, CutAxis::Rows});
  CHECK(sharing_of(choice, no_columns, 1) == Sharing{1, 1, CutAxis::Rows});
}

TEST_CASE("how layers are shared best is measured within a budget, and the cache repeats it") {
  const Program program = lower(heavy_network());
  const tuner::TemporaryFolder folder;
  const std::string path = cache_with(program, 2, "unknown", 0, folder);
  CompileOptions options{.threads = 2};
  options.tuning = {.mode = TuningMode::Cached, .cache_file = path};
  TunedKernels kernels = kernels_chosen(program, options);
  REQUIRE(choose_shares(options, {}, 10'000, kernels));
  CHECK(kernels.report.elapsed_ms > 0);
  const tuner::TuningCache cache = tuner::load_cache(path).cache;
  const TunedKernels again = kernels_chosen(program, options);
  const TunedKernels untuned = kernels_chosen(program, {.threads = 2});
  for (std::size_t op = 0; op < kernels.choices.size(); ++op) {
    const KernelLayer& layer = kernels.layers.layers[kernels.layers.layer_of_op[op]];
    const Sharing first = shares_of(layer, untuned.choices[op], 2).first;
    const LayerShares shares = shares_of(layer, kernels.choices[op], 2);
    CHECK(shares_of(layer, again.choices[op], 2).first == shares.first);
    const auto known = [&](ShareQuestion question, const Sharing& before) {
      return tuner::find(
          cache, share_cache_key(device_name(), layer, kernels.choices[op], before, question, 2));
    };
    const tuner::CacheValue* threads = known(ShareQuestion::Threads, first);
    REQUIRE(threads != nullptr);
    if (threads->candidate == "unknown") {
      WARN("not measured: other programs have the cores");
      continue;
    }
    CHECK(threads->samples > 0);
    const ShareRoom room{shares.cuts, 2, 50e-6};
    const std::optional<Sharing> by_threads = sharing_called(threads->candidate, room);
    REQUIRE(by_threads);
    CHECK((threads->log_seconds < 0) == (*by_threads != first));
    const tuner::CacheValue* cut = known(ShareQuestion::Cut, *by_threads);
    const auto by_cut = cut == nullptr ? by_threads : sharing_called(cut->candidate, room);
    CHECK(shares.first == by_cut);
  }
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
    for (const KernelChoice& choice : kernels.choices) {
      CHECK(choice.threads == threads);
      CHECK_FALSE(choice.sharing);
    }
  }
}

}  // namespace tilewright::tests
