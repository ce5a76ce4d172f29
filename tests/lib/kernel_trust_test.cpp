// SPDX-License-Identifier: Apache-2.0
// Kernels that compute something wrong, and kernels that a process died in.
#include "lib/kernel_trust.h"

#include <fstream>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "kernels/registry.h"
#include "lib/kernel_measurer.h"
#include "lib/recorded_trials.h"
#include "lib/tune_model.h"
#include "lib/tuner/trial_deaths.h"
#include "tests/lib/network_run.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;

void compute_nothing(const kernels::KernelArgs& /*args*/) {}

KernelLayers layers_of(const Program& program) {
  auto layers = kernel_layers(program, runtime::supported_isas(), {});
  if (!layers) FAIL(layers.error().message);
  return *std::move(layers);
}

}  // namespace

TEST_CASE("what every kernel computes on some rows is what the reference does") {
  const Program program = lower(small_network());
  for (const KernelLayer& layer : layers_of(program).layers) {
    std::string last;
    for (const KernelChoice& choice : layer.candidates) {
      if (choice.kernel->name == last) continue;  // one configuration of each
      last = choice.kernel->name;
      const Status checked = check_against_reference(*layer.op, choice);
      CAPTURE(layer.op->name, candidate_name(choice));
      if (!checked) FAIL_CHECK(checked.error().message);
    }
  }
}

TEST_CASE("a kernel that computes something wrong is passed over, named and remembered") {
  const Program program = lower(heavy_network());
  const KernelLayers layers = layers_of(program);
  KernelLayer layer = layers.layers.at(0);
  kernels::Kernel broken = *layer.candidates[0].kernel;
  broken.name = "broken";
  broken.run = compute_nothing;
  layer.candidates.insert(layer.candidates.begin(), {&broken, layer.candidates[0].config, -20});
  const std::vector<std::size_t> ranks{0, 1};
  tuner::TuningCache found;
  std::vector<std::string> warnings;
  CHECK(first_trusted(layer, ranks, {}, found, warnings) == 1);
  CHECK(tuner::is_blacklisted(found, this_place(), "broken"));
  CHECK(tuner::is_trusted(found, this_place(), layer.candidates[1].kernel->name));
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], ContainsSubstring("node 'first'") && ContainsSubstring("broken/"));
  CHECK_FALSE(first_trusted(layer, std::vector<std::size_t>{0}, {}, found, warnings));

  // What is trusted is not run again.
  tuner::TuningCache known;
  tuner::trust(known, this_place(), "broken");
  tuner::TuningCache fresh;
  CHECK(first_trusted(layer, ranks, known, fresh, warnings) == 0);
  CHECK(fresh.empty());
}

TEST_CASE("blacklisted kernels are no candidates; where none is left the reference runs") {
  const Program program = lower(heavy_network());
  KernelLayers layers = layers_of(program);
  const std::vector<KernelChoice> all = layers.layers.at(0).candidates;
  tuner::TuningCache cache;
  const std::string first(all[0].kernel->name);
  tuner::blacklist(cache, this_place(), first);
  REQUIRE(leave_out_blacklisted(layers, cache));
  for (const KernelChoice& choice : layers.layers[0].candidates)
    CHECK(choice.kernel->name != first);
  for (const KernelChoice& choice : all)
    tuner::blacklist(cache, this_place(), choice.kernel->name);
  REQUIRE(leave_out_blacklisted(layers, cache));
  REQUIRE(layers.layers[0].candidates.size() == 1);
  CHECK(layers.layers[0].candidates[0].kernel->name == "conv2d_reference");
}

TEST_CASE("compiling learns from processes that died in one trial, and says so") {
  const tuner::TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  const Program program = lower(heavy_network());
  const std::string before =
      choose_kernels(program, {.tuning = {.cache_file = path}})->report.layers.at(0).chosen;
  const std::string kernel(tuner::kernel_name(before));
  const std::string record =
      tuner::format_trial(tuner::trial_record(this_place(), signature(program.ops[0]), before));
  for (const int deaths : {1, 2, 2}) {
    const bool is_new = tuner::load_cache(path).cache.size() < static_cast<std::size_t>(deaths);
    if (is_new) std::ofstream(path + ".trying-abcdef") << record;
    const auto after = choose_kernels(program, {.tuning = {.cache_file = path}});
    REQUIRE(after);
    CHECK((tuner::kernel_name(after->report.layers.at(0).chosen) == kernel) == (deaths == 1));
    CHECK(after->report.warnings.size() == (is_new ? 1 : 0));
  }
}

TEST_CASE("a trial in which a process was killed is run first next time, and cleared") {
  const tuner::TemporaryFolder folder;
  const std::string path = folder.file("tune.json");
  const Program program = lower(heavy_network());
  const KernelLayers layers = layers_of(program);
  const std::string candidate = candidate_name(layers.layers.at(0).candidates.back());
  const tuner::TrialRecord trial =
      tuner::trial_record(this_place(), layers.layers[0].signature, candidate);
  const tuner::TuningCache known = tuner::after_death({}, trial);
  REQUIRE(tuner::suspected_trials(known, this_place()).size() == 1);
  tuner::FirstTrials first_trials = first_trials_of(layers.layers, path);
  KernelMeasurer measurer(layers.layers, 0, 1, &first_trials);
  tuner::TuningCache found;
  retry_suspected(layers.layers, measurer, known, found);
  REQUIRE(found.size() == 1);
  tuner::TuningCache after = known;
  tuner::merge_cache(after, found);
  CHECK(tuner::suspected_trials(after, this_place()).empty());
  CHECK(tuner::take_deadly_trials(path).empty());
}

}  // namespace tilewright::tests
