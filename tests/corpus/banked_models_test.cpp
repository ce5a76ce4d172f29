// SPDX-License-Identifier: Apache-2.0
// Whole models in a small fast memory: the bytes that move are those planned, kernels touch nothing
// outside, and outputs are the same bits as without banks.
#include <cstdio>
#include <filesystem>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/lib/bank_trial.h"

namespace tilewright::tests {
namespace {

Model load(const std::string& path) {
  auto model = Model::load(path);
  if (!model) FAIL(model.error().message);
  return *std::move(model);
}

/// Runs the model with the fast bank at each of its sizes and prints what moved.
void check_model(const std::string& path, const CompileOptions& how) {
  const Model model = load(path);
  CompileOptions flat = how;
  flat.planner = {};
  const auto reference = compile(model, flat);
  REQUIRE(reference);
  const auto inputs = random_inputs(*reference);
  const auto expected = run_once(*reference, inputs);
  REQUIRE(expected);
  const std::vector<std::int64_t> sizes = fast_sizes(model, how);
  REQUIRE_FALSE(sizes.empty());
  for (const std::int64_t bytes : sizes) {
    CAPTURE(path, bytes);
    CompileOptions options = how;
    options.banks = two_banks(bytes);
    const auto compilation = compile_in_detail(model, options);
    if (!compilation) FAIL(compilation.error().message);
    CHECK(difference({*compilation, inputs, *expected, 2}) == "");
    const TrafficProof traffic = compilation->plan.traffic();
    std::printf(
        "%s fast %lld: weights %lld, activations %lld + %lld avoidable, at least %lld\n",
        std::filesystem::path(path).stem().c_str(), static_cast<long long>(bytes),
        static_cast<long long>(traffic.weights_compulsory_bytes + traffic.weights_avoidable_bytes),
        static_cast<long long>(traffic.activations_compulsory_bytes),
        static_cast<long long>(traffic.activations_avoidable_bytes),
        static_cast<long long>(traffic.lower_bound_bytes));
  }
}

}  // namespace

TEST_CASE("a network of our own runs in every fast memory it fits into") {
  check_model(TILEWRIGHT_SOURCE_DIR "/examples/digits/digits.tflite", {});
  check_model(TILEWRIGHT_SOURCE_DIR "/examples/digits/digits.tflite",
              {.planner = {.steady_state = true}});
}

TEST_CASE("whole models run in small fast memories as planned") {
  const std::string name =
      GENERATE("mlperf_resnet8_fp32", "mobilenet_v2_0.35_160_fp32", "densenet121_w025_fp32",
               "unet_160_fp32", "nasnet_mobile_384_fp32", "randwire_ws_fp32");
  for (const char* extension : {".tflite", ".onnx"}) {
    const std::string path = std::string(TILEWRIGHT_CORPUS) + "/" + name + extension;
    if (!std::filesystem::exists(path)) continue;
    check_model(path, {});
    return;
  }
  SKIP("no " << name << " in " TILEWRIGHT_CORPUS);
}

}  // namespace tilewright::tests
