// SPDX-License-Identifier: Apache-2.0
// Which kernels stand for an op, which is thought best, and how ops are told apart.
#include "lib/kernel_choice.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "kernels/registry.h"
#include "lib/kernel_features.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using rewriting::tests::Draft;

/// The only op of a graph of one convolution.
ProgramOp convolution(std::int64_t channels, const std::string& name = "conv") {
  Draft draft;
  draft.output(draft.conv(name, draft.input({1, 20, 20, channels}), channels));
  return lower(draft.graph()).ops.at(0);
}

std::vector<KernelChoice> candidates(const ProgramOp& op, runtime::IsaMask isas) {
  auto result = kernel_candidates(op, isas, {});
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

std::vector<KernelChoice> candidates(const ProgramOp& op) {
  return candidates(op, runtime::supported_isas());
}

}  // namespace

TEST_CASE("candidates compute the op, on the instruction sets given, once each") {
  const ProgramOp op = convolution(32);
  const auto specs = src_specs(op);
  const kernels::Call call{op.op, specs, op.dst.spec};
  std::set<std::string> names;
  for (const KernelChoice& choice : candidates(op)) {
    CHECK(choice.kernel->supports(call, *choice.kernel));
    CHECK(choice.kernel->config_ok(call, *choice.kernel, choice.config));
    CHECK((runtime::supported_isas() & runtime::bit(choice.kernel->isa)) != 0);
    CHECK(choice.kernel != kernels::reference(call));
    CHECK(std::isfinite(choice.log_seconds));
    CHECK(names.insert(candidate_name(choice)).second);
  }
  CHECK(names.size() > 1);
}

TEST_CASE("the reference stands where nothing else does") {
  const ProgramOp op = convolution(8);
  const auto portable = candidates(op, runtime::bit(Isa::Portable));
  REQUIRE(portable.size() == 1);
  CHECK(portable[0].kernel->name == "conv2d_reference");
}

TEST_CASE("exact arithmetic leaves no Winograd kernels") {
  std::vector<KernelChoice> choices = candidates(convolution(32));
  const auto count = choices.size();
  CHECK(keep_exact(choices));
  CHECK(choices.size() < count);
  CHECK(std::none_of(choices.begin(), choices.end(),
                     [](const auto& choice) { return choice.kernel->family == "winograd"; }));
  CHECK_FALSE(keep_exact(choices));
}

TEST_CASE("Winograd's kernels are thought best where they multiply much less") {
  CHECK(best_candidate(candidates(convolution(64))).kernel->family == "winograd");
  CHECK(best_candidate(candidates(convolution(3))).kernel->family == "dot");
}

TEST_CASE("the best candidate is the first of least time") {
  const std::vector<KernelChoice> choices{
      {nullptr, {1}, -2}, {nullptr, {2}, -3}, {nullptr, {3}, -3}};
  CHECK(best_candidate(choices).config.algorithm == 2);
}

TEST_CASE("a candidate's name holds its kernel and configuration") {
  const kernels::Kernel* kernel = kernels::find("conv2d_reference");
  REQUIRE(kernel != nullptr);
  CHECK(candidate_name({kernel, {1, 4, 0, 256}, 0}) == "conv2d_reference/1.4.0.256");
}

TEST_CASE("a signature knows shapes and attributes, not names") {
  CHECK(signature(convolution(8, "a")) == signature(convolution(8, "b")));
  CHECK(signature(convolution(8)) != signature(convolution(9)));
  ProgramOp strided = convolution(8);
  strided.dst.place.strides[2] = 16;
  CHECK(signature(strided) != signature(convolution(8)));
  ProgramOp activated = convolution(8);
  std::get_if<Conv2d>(&activated.op)->activation.kind = ActivationKind::Relu;
  CHECK(signature(activated) != signature(convolution(8)));
}

TEST_CASE("more work takes longer by the analytic model") {
  const auto seconds = [](std::int64_t channels) {
    return std::exp(best_candidate(candidates(convolution(channels))).log_seconds);
  };
  CHECK(seconds(64) > 2 * seconds(32));
  CHECK(seconds(32) > 1e-6);
  CHECK(seconds(64) < 1e-1);
}

TEST_CASE("the tuner sees a candidate by its name, variant, scratch and features") {
  const ProgramOp op = convolution(32);
  std::set<std::vector<double>> seen;
  for (const KernelChoice& choice : candidates(op)) {
    const tuner::Candidate candidate = tuner_candidate(op, choice, 3, {});
    CHECK(candidate.name == candidate_name(choice));
    CHECK(candidate.variant_id == 3);
    CHECK(candidate.analytic_log_seconds == choice.log_seconds);
    CHECK(candidate.scratch_bytes % 64 == 0);
    for (const double feature : candidate.features)
      CHECK(std::isfinite(feature));
    seen.insert({candidate.features.begin(), candidate.features.end()});
  }
  CHECK(seen.size() > 1);
}

}  // namespace tilewright::tests
