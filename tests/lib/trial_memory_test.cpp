// SPDX-License-Identifier: Apache-2.0
// The memory in which kernels are tried, and what it relies on: packed weights of floats are
// floats.
#include "lib/trial_memory.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/plan_builder.h"
#include "lib/tuning_layers.h"
#include "runtime/cpu_features.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using rewriting::tests::Draft;

/// One op of each kind that has weights.
Program weighted_ops() {
  Draft draft;
  const graph::ValueId x = draft.input({1, 12, 12, 24});
  draft.output(draft.conv("conv", x, 20));
  draft.output(draft.add("depthwise", DepthwiseConv2d{},
                         {x, draft.constant({3, 3, 24}), draft.constant({24})}));
  draft.output(draft.add("transposed", ConvTranspose2d{.window = {.stride_h = 2, .stride_w = 2}},
                         {x, draft.constant({10, 2, 2, 24}), draft.constant({10})}));
  const graph::ValueId rows = draft.input({3, 40});
  draft.output(draft.add("connected", FullyConnected{},
                         {rows, draft.constant({50, 40}), draft.constant({50})}));
  return lower(draft.graph());
}

std::vector<KernelChoice> candidates(const ProgramOp& op) {
  auto result = kernel_candidates(op, runtime::supported_isas(), {});
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

/// The bytes [begin, end) that a tensor may touch; empty if it has none of its own.
std::pair<const std::byte*, const std::byte*> reach(const kernels::TensorRef& tensor) {
  if (tensor.data == nullptr) return {nullptr, nullptr};
  return {tensor.data, tensor.data + tensor.shape.elements() * size_bytes(tensor.dtype)};
}

}  // namespace

TEST_CASE("float weights are packed as floats: zeros and numbers of the weights' size") {
  for (const ProgramOp& op : weighted_ops().ops) {
    for (const KernelChoice& choice : candidates(op)) {
      CAPTURE(op.name, candidate_name(choice));
      std::int64_t constants_bytes = 0;
      const runtime::Step step = make_step(op, choice, 1, constants_bytes);
      std::vector<float> packed(static_cast<std::size_t>(constants_bytes) / 4 + 16);
      void* aligned = packed.data();
      std::size_t space = packed.size() * 4;
      REQUIRE(std::align(kTensorAlignment, static_cast<std::size_t>(constants_bytes), aligned,
                         space) != nullptr);
      write_constants(op, step, static_cast<std::byte*>(aligned));
      CHECK(std::ranges::all_of(
          packed, [](float x) { return x == 0 || (std::abs(x) > 1e-9F && std::abs(x) < 1e4F); }));
    }
  }
}

TEST_CASE("inputs, weights, output and scratch of a trial lie apart") {
  TrialMemory memory;
  for (const Program& program : {weighted_ops(), lower(small_network())}) {
    for (const ProgramOp& op : program.ops) {
      for (const KernelChoice& choice : candidates(op)) {
        CAPTURE(op.name, candidate_name(choice));
        const auto trial = memory.lay_out(op, choice, 2);
        REQUIRE(trial);
        const runtime::BoundStep& bound = trial->bound.front();
        std::vector<std::pair<const std::byte*, const std::byte*>> parts{reach(bound.dst)};
        for (const kernels::TensorRef& src : bound.src)
          parts.push_back(reach(src));
        parts.emplace_back(bound.packed, bound.packed + bound.step->packed_bytes);
        parts.emplace_back(bound.scratch, bound.scratch + 2 * bound.step->scratch_bytes);
        std::erase_if(parts, [](const auto& part) { return part.first == part.second; });
        std::ranges::sort(parts);
        for (std::size_t i = 1; i < parts.size(); ++i)
          CHECK(parts[i - 1].second <= parts[i].first);
      }
    }
  }
}

TEST_CASE("a trial finds numbers where its float inputs are, whatever was tried before") {
  TrialMemory memory;
  for (const ProgramOp& op : lower(heavy_network()).ops) {
    for (const KernelChoice& choice : candidates(op)) {
      const auto trial = memory.lay_out(op, choice, 1);
      REQUIRE(trial);
      runtime::run_step(trial->bound.front(), {});
      const kernels::TensorRef& src = trial->bound.front().src[0];
      const float* elements = src.as<float>();
      CHECK(std::all_of(elements, elements + src.shape.elements(),
                        [](float x) { return x > 0 && x < 1; }));
    }
  }
}

TEST_CASE("indices keep their values") {
  graph::Builder builder;
  const std::int64_t indices[] = {3, 1};
  const graph::ValueId x = builder.input({"x", DType::Float32, {4, 8}, {}});
  const auto picked =
      builder.add("gather", Gather{.axis = 0}, {x, builder.constant("rows", {2}, indices)});
  REQUIRE(picked);
  builder.output(*picked);
  const ProgramOp op = lower(builder.graph()).ops.at(0);
  TrialMemory memory;
  const auto trial = memory.lay_out(op, candidates(op).front(), 1);
  REQUIRE(trial);
  const kernels::TensorRef& rows = trial->bound.front().src[1];
  CHECK(std::memcmp(rows.data, op.src[1].constant->bytes.data(),
                    op.src[1].constant->bytes.size()) == 0);
}

TEST_CASE("each run finds its weights behind those of the last, as many as the network has") {
  const Program program = weighted_ops();
  const ProgramOp& op = program.ops.front();
  const KernelChoice choice = candidates(op).back();
  TrialMemory memory(10000000);
  const auto trial = memory.lay_out(op, choice, 1);
  REQUIRE(trial);
  runtime::BoundStep bound = trial->bound.front();
  const std::int64_t bytes = bound.step->packed_bytes;
  std::vector<const std::byte*> begins;
  do {
    memory.turn_weights(*trial, 1, bound);
    begins.push_back(bound.packed);
    runtime::run_step(bound, {});
  } while (begins.size() < 2 || begins.back() != begins.front());
  begins.pop_back();
  CHECK(static_cast<std::int64_t>(begins.size()) >= 10000000 / (bytes + kTensorAlignment));
  for (std::size_t i = 1; i < begins.size(); ++i)
    CHECK(begins[i] - begins[i - 1] >= bytes);
}

TEST_CASE("a network's weights are those of the heaviest kernels that may be chosen") {
  const Program program = weighted_ops();
  const ProgramOp& op = program.ops.front();
  const auto packed_bytes = [&](const KernelChoice& choice) {
    std::int64_t bytes = 0;
    (void)make_step(op, choice, 1, bytes);
    return bytes;
  };
  std::vector<KernelChoice> choices = candidates(op);
  std::ranges::stable_sort(choices, {}, packed_bytes);
  std::vector<KernelLayer> layers{{&op, {choices.front(), choices.back()}, "", 3}};
  std::vector<KernelChoice>& pair = layers[0].candidates;
  REQUIRE(packed_bytes(pair[1]) > packed_bytes(pair[0]));
  pair[0].log_seconds = std::log(1e-3);
  pair[1].log_seconds = std::log(1.4e-3);
  CHECK(weights_bytes(layers) == 3 * packed_bytes(pair[1]));
  pair[1].log_seconds = std::log(1.6e-3);
  CHECK(weights_bytes(layers) == 3 * packed_bytes(pair[0]));
  const KernelChoice light = pair[0];
  const KernelChoice heavy = pair[1];
  layers.push_back({&op, {heavy}, "", 1});
  CHECK(weights_bytes(layers) == 3 * packed_bytes(light) + packed_bytes(heavy));
}

TEST_CASE("a part of a step finds as large a part of its weights new") {
  const Program program = weighted_ops();
  const ProgramOp& op = program.ops.back();
  TrialMemory memory(10000000);
  const auto trial = memory.lay_out(op, candidates(op).back(), 1);
  REQUIRE(trial);
  runtime::BoundStep bound = trial->bound.front();
  memory.turn_weights(*trial, 1, bound);
  const std::byte* first = bound.packed;
  memory.turn_weights(*trial, 0.25, bound);
  const auto bytes = static_cast<double>(trial->plan.constants.size());
  CHECK(static_cast<double>(bound.packed - first) <= 0.25 * bytes);
  CHECK(static_cast<double>(bound.packed - first) >= 0.25 * bytes - kTensorAlignment);
}

TEST_CASE("weights that are all of a network's stay where they are") {
  const Program program = weighted_ops();
  const ProgramOp& op = program.ops.front();
  TrialMemory memory;
  const auto trial = memory.lay_out(op, candidates(op).back(), 1);
  REQUIRE(trial);
  runtime::BoundStep bound = trial->bound.front();
  for (int run = 0; run < 3; ++run) {
    memory.turn_weights(*trial, 1, bound);
    CHECK(bound.packed == trial->bound.front().packed);
  }
}

}  // namespace tilewright::tests
