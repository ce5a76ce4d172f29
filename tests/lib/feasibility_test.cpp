// SPDX-License-Identifier: Apache-2.0
// Which networks fit into a memory, and families of them, some of which are run.
#include "lib/feasibility.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tilewright/session.h"

#include "lib/graph/verify.h"
#include "runtime/cpu_features.h"
#include "tests/lib/network_run.h"
#include "tools/networks/families.h"

namespace tilewright::tests {
namespace {

using Catch::Matchers::ContainsSubstring;
using networks::Family;
using networks::NetworkSize;

graph::Graph built(Family family, const NetworkSize& size, const networks::WeightSource& weights) {
  Result<graph::Graph> graph = networks::build_network(family, size, weights);
  if (!graph) FAIL(graph.error().message);
  return *std::move(graph);
}

Feasibility judged(const graph::Graph& graph, std::int64_t limit_bytes) {
  const Result<Feasibility> found = judge_feasibility(graph, {}, limit_bytes);
  if (!found) FAIL(found.error().message);
  return *found;
}

std::int64_t multiply_adds_of_convolutions(const graph::Graph& graph) {
  std::int64_t sum = 0;
  for (const graph::Node& node : graph.nodes) {
    const bool is_conv =
        std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<FullyConnected>(node.op);
    const bool is_depthwise = std::holds_alternative<DepthwiseConv2d>(node.op);
    if (!is_conv && !is_depthwise) continue;
    const Shape& filter = graph.value(node.inputs[1]).spec.shape;
    const std::int64_t outputs = graph.value(node.output).spec.shape.elements();
    sum += is_depthwise ? outputs * 9 : outputs * (filter.elements() / filter[0]);
  }
  return sum;
}

std::int64_t parameters(const graph::Graph& graph) {
  std::int64_t sum = 0;
  for (const graph::Value& value : graph.values)
    sum += value.constant ? value.spec.shape.elements() : 0;
  return sum;
}

/// Gives one block, with a fence behind it that nobody may touch.
struct FencedBlock {
  static constexpr std::int64_t kFenceBytes = 4096;
  std::int64_t given_bytes = 0;
  bool is_intact = true;

  [[nodiscard]] Allocator allocator() {
    return {[](void* user, std::int64_t size_bytes, std::int64_t alignment) -> void* {
              static_cast<FencedBlock*>(user)->given_bytes += size_bytes;
              const auto total = static_cast<std::size_t>(size_bytes + kFenceBytes);
              void* memory = std::aligned_alloc(static_cast<std::size_t>(alignment), total);
              std::memset(static_cast<char*>(memory) + size_bytes, kFence, kFenceBytes);
              return memory;
            },
            [](void* user, void* memory, std::int64_t size_bytes) {
              const auto* fence = static_cast<const unsigned char*>(memory) + size_bytes;
              static_cast<FencedBlock*>(user)->is_intact = std::all_of(
                  fence, fence + kFenceBytes, [](unsigned char byte) { return byte == kFence; });
              std::free(memory);
            },
            this};
  }

 private:
  static constexpr unsigned char kFence = 0xa5;
};

}  // namespace

TEST_CASE("families at width 1 have the operations and parameters of the papers", "[networks]") {
  // Millions: MobileNet v1 569 and 4.2, v2 300 and 3.4 (3.5 with the biases), ResNet-18 1.8 G and
  // 11.7; batch norms are folded.
  struct Row {
    Family family;
    double million_macs, million_parameters;
  };
  const Row rows[] = {{Family::MobilenetV1, 569, 4.2},
                      {Family::MobilenetV2, 300, 3.5},
                      {Family::Resnet, 1814, 11.7}};
  const networks::WeightSource weights = networks::shared_zeros();
  for (const Row& row : rows) {
    CAPTURE(networks::to_string(row.family));
    const graph::Graph graph = built(row.family, {1, 224}, weights);
    REQUIRE(graph::verify(graph));
    const double macs = static_cast<double>(multiply_adds_of_convolutions(graph)) / 1e6;
    CHECK(std::abs(macs / row.million_macs - 1) < 0.01);
    const double count = static_cast<double>(parameters(graph)) / 1e6;
    CHECK(std::abs(count / row.million_parameters - 1) < 0.02);
  }
  const graph::Graph unet = built(Family::Unet, {0.25, 64}, weights);
  CHECK(graph::verify(unet));
  CHECK(unet.value(unet.outputs[0]).spec.shape == Shape{1, 64, 64, 1});
}

TEST_CASE("sizes that a family does not have are refused", "[networks]") {
  const auto weights = networks::shared_zeros();
  const auto message = [&](Family family, const NetworkSize& size) {
    const auto graph = networks::build_network(family, size, weights);
    return graph ? "built" : graph.error().message;
  };
  CHECK_THAT(message(Family::Unet, {1, 40}), ContainsSubstring("a multiple of 16, got 40"));
  CHECK_THAT(message(Family::Resnet, {0, 64}), ContainsSubstring("a width above 0"));
  CHECK_THAT(message(Family::Resnet, {std::nan(""), 64}), ContainsSubstring("a width above 0"));
  CHECK_THAT(message(Family::MobilenetV1, {1, 31}), ContainsSubstring("from 32 to 4096"));
  CHECK_THAT(message(Family::MobilenetV1, {17, 64}), ContainsSubstring("at most 16"));
}

TEST_CASE("a network fits from its arena on and is refuted below its bound", "[feasibility]") {
  const graph::Graph graph = built(Family::MobilenetV2, {0.35, 96}, networks::shared_zeros());
  const Feasibility ample = judged(graph, std::int64_t{1} << 40);
  CHECK(ample.verdict == Verdict::Fits);
  CHECK_FALSE(ample.kernels_save_scratch);
  CHECK(ample.latency_ms > 0);
  CHECK(ample.measured_ops == 0);
  CHECK(ample.ops > 40);
  CHECK(ample.weight_bytes == 4 * parameters(graph));
  CHECK(judged(graph, ample.arena_bytes).verdict == Verdict::Fits);
  const Feasibility none = judged(graph, 1);
  CHECK(none.verdict == Verdict::ProvenNotToFit);
  CHECK(none.kernels_save_scratch);
  CHECK(none.lower_bound_bytes <= ample.lower_bound_bytes);
  CHECK(judged(graph, none.lower_bound_bytes - 1).verdict == Verdict::ProvenNotToFit);
  CHECK(judged(graph, none.arena_bytes).verdict == Verdict::Fits);
}

TEST_CASE("what is refuted compiles with the same options in strips at most", "[feasibility]") {
  const graph::Graph graph = built(Family::Resnet, {0.25, 64}, networks::seeded_weights(3));
  const Model model(std::make_shared<const graph::Graph>(graph));
  for (const Isa isa : {Isa::Portable, runtime::best_isa()}) {
    const Result<Feasibility> none = judge_feasibility(graph, {.isa = isa}, 1);
    REQUIRE(none);
    CHECK(none->verdict == Verdict::ProvenNotToFit);
    const std::int64_t limit_bytes = none->lower_bound_bytes - 1;
    CHECK_FALSE(
        compile(model, {.isa = isa, .fusion = Fusion::Off, .memory_limit_bytes = limit_bytes}));
    const auto strips = compile_in_detail(model, {.isa = isa, .memory_limit_bytes = limit_bytes});
    const auto is_chosen = [](const StripOutcome& strip) { return strip.is_chosen; };
    if (strips) CHECK(std::ranges::any_of(strips->strips, is_chosen));
  }
}

TEST_CASE("fitting members of each family run within the limit", "[feasibility]") {
  struct Cell {
    Family family;
    NetworkSize size;
    std::int64_t limit_bytes;
  };
  // Limits near what the members need, so that a wrong verdict would show.
  const Cell cells[] = {{Family::MobilenetV1, {0.25, 64}, 192 << 10},
                        {Family::MobilenetV2, {0.35, 64}, 288 << 10},
                        {Family::Resnet, {0.25, 64}, 256 << 10},
                        {Family::Unet, {0.125, 32}, 256 << 10}};
  for (const Cell& cell : cells) {
    CAPTURE(networks::to_string(cell.family));
    const auto shapes = networks::shared_zeros();
    const Feasibility found = judged(built(cell.family, cell.size, shapes), cell.limit_bytes);
    CAPTURE(found.arena_bytes);
    REQUIRE(found.verdict == Verdict::Fits);
    CHECK(found.arena_bytes > cell.limit_bytes / 2);
    const graph::Graph graph = built(cell.family, cell.size, networks::seeded_weights(7));
    const Compilation compilation = compiled(graph, {.memory_limit_bytes = cell.limit_bytes});
    FencedBlock block;
    const auto inputs = graph::tests::random_inputs(graph, 5);
    const auto outputs = outputs_of(compilation.plan, inputs, {.allocator = block.allocator()});
    CHECK(block.given_bytes > 0);
    CHECK(block.given_bytes <= cell.limit_bytes);
    CHECK(block.is_intact);
    CHECK_FALSE(outputs.empty());
    check_outputs(graph, compilation, 1e-3);
  }
}

}  // namespace tilewright::tests
