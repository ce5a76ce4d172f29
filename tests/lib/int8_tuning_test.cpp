// SPDX-License-Identifier: Apache-2.0
// int8 layers go through the tuner as float layers do: candidates, analytic times, measured ones,
// cache, trust.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>

#include "lib/device_profile.h"
#include "lib/kernel_measurer.h"
#include "lib/kernel_trust.h"
#include "lib/scheduling_problem.h"
#include "lib/trial_memory.h"
#include "lib/tune_model.h"
#include "tests/lib/int8_graphs.h"
#include "tests/lib/network_run.h"
#include "tests/lib/tuner/simulated_device.h"
#include "tests/lib/tuner/temporary_folder.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::WithinRel;

/// Of all instruction sets of the build's processor: nothing is run.
constexpr runtime::IsaMask kEveryIsa = ~runtime::IsaMask{0};

Program dense_program(DType dtype, std::int64_t rows, std::int64_t depth, std::int64_t columns) {
  return lower(one_dense_layer(dtype, rows, depth, columns));
}

std::vector<KernelChoice> all_candidates(const ProgramOp& op,
                                         const tuner::DeviceParameters& device = {}) {
  auto result = kernel_candidates(op, kEveryIsa, device);
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

bool has_int8_kernels() {
  const Program program = dense_program(DType::Int8, 8, 64, 64);
  return all_candidates(program.ops.at(0)).size() > 1;
}

/// Analytic seconds of the best candidate on `isa`.
double best_seconds(const Program& program, Isa isa) {
  double least = 1e9;
  for (const KernelChoice& choice : all_candidates(program.ops.at(0))) {
    if (choice.kernel->isa == isa) least = std::min(least, std::exp(choice.log_seconds));
  }
  return least;
}

void compute_zeros(const kernels::KernelArgs& args) {
  std::memset(args.dst.data, 0, static_cast<std::size_t>(args.dst.shape.last()));
}

KernelLayers layers_here(const Program& program) {
  auto layers = kernel_layers(program, runtime::supported_isas(), assumed_device());
  if (!layers) FAIL(layers.error().message);
  return *std::move(layers);
}

TunedKernels chosen_kernels(const Program& program, const CompileOptions& options) {
  auto result = choose_kernels(program, options);
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

}  // namespace

TEST_CASE("the candidates of an int8 layer are int8 kernels of several tiles, inputs and blocks") {
  if (!has_int8_kernels()) SKIP("this build has no int8 kernels");
  const Program program = lower(heavy_int8_network());
  const std::vector<KernelChoice> all = all_candidates(program.ops.at(0));
  std::set<std::string_view> kernels;
  std::set<std::int64_t> scratch_sizes;
  for (const KernelChoice& choice : all) {
    CHECK(choice.kernel->dtype == DType::Int8);
    CHECK(choice.kernel->family == "dot_i8");
    CHECK(std::isfinite(choice.log_seconds));
    kernels.insert(choice.kernel->name);
    scratch_sizes.insert(worker_scratch_bytes(program.ops.at(0), choice));
  }
  CHECK(kernels.size() >= 3);
  CHECK(all.size() >= 2 * kernels.size());
  CHECK(scratch_sizes.size() >= all.size() / 2);
  const Program dense = dense_program(DType::Int8, 64, 64, 64);
  std::set<std::int32_t> inputs;
  for (const KernelChoice& choice : all_candidates(dense.ops.at(0)))
    inputs.insert(choice.config.algorithm);
  CHECK(inputs.size() == 2);
}

TEST_CASE("an int8 layer that waits for memory takes the time of its bytes") {
  if (!has_int8_kernels()) SKIP("this build has no int8 kernels");
  // 16 Mi weights, read once.
  const Program bytes = dense_program(DType::Int8, 1, 4096, 4096);
  const Program floats = dense_program(DType::Float32, 1, 4096, 4096);
  const auto best = [](const Program& program) {
    return std::exp(best_candidate(all_candidates(program.ops.at(0))).log_seconds);
  };
  CHECK_THAT(best(floats) / best(bytes), WithinRel(4, 0.1));
}

TEST_CASE("an int8 layer that computes takes the time of its sums of products") {
  const Program program = dense_program(DType::Int8, 512, 512, 512);
  const Isa isas[] = {Isa::X86Avx2, Isa::X86Avx512Vnni, Isa::Arm64Dotprod};
  for (const Isa isa : isas) {
    const double usual = best_seconds(program, isa);
    if (usual >= 1e9) continue;  // of another processor
    CAPTURE(to_string(isa));
    tuner::DeviceParameters slow;
    for (tuner::DotRate& rate : slow.dots)
      rate.per_cycle /= 8;
    double slowed = 1e9;
    for (const KernelChoice& choice : all_candidates(program.ops.at(0), slow)) {
      if (choice.kernel->isa == isa) slowed = std::min(slowed, std::exp(choice.log_seconds));
    }
    CHECK(slowed > 5 * usual);
    CHECK(slowed < 8.1 * usual);
  }
  const Program floats = dense_program(DType::Float32, 512, 512, 512);
  tuner::DeviceParameters slow;
  for (tuner::DotRate& rate : slow.dots)
    rate.per_cycle /= 8;
  const auto best = [&](const tuner::DeviceParameters& device) {
    return best_candidate(all_candidates(floats.ops.at(0), device)).log_seconds;
  };
  CHECK(best(slow) == best({}));
}

TEST_CASE("the tuner finds the faster of int8 candidates") {
  if (!has_int8_kernels()) SKIP("this build has no int8 kernels");
  const Program program = lower(heavy_int8_network());
  auto layers = kernel_layers(program, kEveryIsa, {});
  REQUIRE(layers);
  REQUIRE(layers->layers.size() == 1);
  const tuner::TuningProblem problem{{tuner_layer(layers->layers[0], {})}};
  const std::vector<tuner::Candidate>& candidates = problem.layers[0].candidates;
  // The truth is the model's, but for the fifth, which is the fastest by far.
  std::vector<double> times;
  for (const tuner::Candidate& candidate : candidates)
    times.push_back(std::exp(candidate.analytic_log_seconds));
  std::vector<double> ranked = times;
  std::ranges::sort(ranked);
  const auto fastest =
      static_cast<std::size_t>(std::ranges::find(times, ranked.at(4)) - times.begin());
  times[fastest] = ranked[0] / 2;
  for (const tuner::Method method : {tuner::Method::Gp, tuner::Method::Halving}) {
    tuner::SimulatedDevice device({times}, {.deviation = 0.02}, 5);
    const auto outcome = tuner::tune(problem, device, {.method = method, .budget_ms = 2000});
    REQUIRE(outcome);
    CHECK(outcome->layers.at(0).chosen == fastest);
    CHECK(outcome->layers.at(0).gain > 0.5);
  }
}

TEST_CASE("the cache keeps an int8 layer apart from the float layer of its shapes") {
  const tuner::TemporaryFolder folder;
  const CompileOptions options{
      .tuning = {.budget = std::chrono::milliseconds(600), .cache_file = folder.file("tune.json")}};
  const Program bytes = dense_program(DType::Int8, 96, 128, 96);
  const Program floats = dense_program(DType::Float32, 96, 128, 96);
  CHECK(signature(bytes.ops.at(0)) != signature(floats.ops.at(0)));
  std::vector<std::string> found;
  for (const Program* program : {&bytes, &floats}) {
    const TunedKernels tuned = chosen_kernels(*program, options);
    CHECK(tuned.report.layers.at(0).source == ChoiceSource::Tuned);
    found.push_back(tuned.report.layers.at(0).chosen);
  }
  CHECK(found[0] != found[1]);
  // What is read again from the file.
  for (const Program* program : {&bytes, &floats}) {
    const TunedKernels cached =
        chosen_kernels(*program, {.tuning = {.cache_file = folder.file("tune.json")}});
    CHECK(cached.report.layers.at(0).source == ChoiceSource::Cache);
    CHECK(cached.report.layers.at(0).chosen == found[program == &bytes ? 0 : 1]);
  }
}

TEST_CASE("int8 layers of one signature are tuned once, whatever their scales are") {
  const Program program = lower(heavy_int8_network());
  const KernelLayers layers = layers_here(program);
  REQUIRE(layers.layers.size() == 1);
  CHECK(layers.layers[0].count == 3);
}

TEST_CASE("a trial of an int8 kernel reads weights as far away as an inference's") {
  if (!has_int8_kernels()) SKIP("this build has no int8 kernels");
  const Program program = dense_program(DType::Int8, 16, 256, 256);
  const ProgramOp& op = program.ops.at(0);
  const KernelLayers layers = layers_here(program);
  for (const KernelChoice& choice : layers.layers.at(0).candidates) {
    if (choice.kernel->isa == Isa::Portable) continue;
    CAPTURE(candidate_name(choice));
    TrialMemory memory(1 << 20);
    auto trial = memory.lay_out(op, choice, 1);
    REQUIRE(trial);
    CHECK_FALSE(trial->own_constants);
    const std::byte* first = trial->bound[0].packed;
    memory.turn_weights(*trial, 1, trial->bound[0]);
    memory.turn_weights(*trial, 1, trial->bound[0]);
    CHECK(trial->bound[0].packed >= first + 256 * 256);
    runtime::run_step(trial->bound[0], {});
  }
}

TEST_CASE("an int8 kernel that computes something else is found, blacklisted and left out") {
  const Program program = lower(small_int8_network());
  for (const KernelLayer& layer : layers_here(program).layers) {
    for (const KernelChoice& choice : layer.candidates) {
      CAPTURE(layer.op->name, candidate_name(choice));
      const Status checked = check_against_reference(*layer.op, choice);
      if (!checked) FAIL_CHECK(checked.error().message);
    }
  }
  KernelLayers layers = layers_here(program);
  KernelLayer& layer = layers.layers.at(1);
  kernels::Kernel broken = *layer.candidates[0].kernel;
  broken.name = "broken";
  broken.run = compute_zeros;
  layer.candidates.insert(layer.candidates.begin(), {&broken, layer.candidates[0].config, -20});
  tuner::TuningCache found;
  std::vector<std::string> warnings;
  CHECK(first_trusted(layer, std::vector<std::size_t>{0, 1}, {}, found, warnings) == 1);
  CHECK(tuner::is_blacklisted(found, this_place(), "broken"));
  REQUIRE(leave_out_blacklisted(layers, found));
  CHECK(std::ranges::none_of(layers.layers.at(1).candidates, [](const KernelChoice& choice) {
    return choice.kernel->name == "broken";
  }));
  // Where none is left the reference runs.
  for (const KernelChoice& choice : layers.layers.at(1).candidates)
    tuner::blacklist(found, this_place(), choice.kernel->name);
  REQUIRE(leave_out_blacklisted(layers, found));
  REQUIRE(layers.layers.at(1).candidates.size() == 1);
  CHECK(layers.layers.at(1).candidates[0].kernel->name == "conv2d_i8_reference");
}

}  // namespace tilewright::tests
