// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/network_run.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::tests {
namespace {

using rewriting::tests::Draft;

double largest_difference(const Bytes& got, const Elements& expected) {
  double largest = 0;
  double scale = 1;
  for (std::size_t i = 0; i + sizeof(float) <= got.size(); i += sizeof(float)) {
    float a = 0;
    float b = 0;
    std::memcpy(&a, &got[i], sizeof a);
    std::memcpy(&b, &expected.bytes[i], sizeof b);
    if (std::isnan(a) != std::isnan(b)) return HUGE_VAL;
    if (std::isnan(a)) continue;
    scale = std::max(scale, std::abs(double{b}));
    largest = std::max(largest, std::abs(double{a} - double{b}));
  }
  return largest / scale;
}

}  // namespace

Model model_of(graph::Graph graph) {
  return Model(std::make_shared<const graph::Graph>(std::move(graph)));
}

Compilation compiled(const graph::Graph& graph, const CompileOptions& options) {
  const Status verified = graph::verify(graph);
  if (!verified) FAIL(verified.error().message);
  auto compilation = compile_in_detail(Model(std::make_shared<const graph::Graph>(graph)), options);
  if (!compilation) FAIL(compilation.error().message);
  return *std::move(compilation);
}

Session session_of(const Plan& plan, const SessionOptions& options) {
  auto session = Session::create(plan, options);
  if (!session) FAIL(session.error().message);
  return *std::move(session);
}

void write_inputs(Session& session, const Plan& plan, std::span<const Elements> inputs) {
  REQUIRE(inputs.size() == plan.inputs().size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const MutableTensorView view = session.input(i);
    REQUIRE(static_cast<std::size_t>(view.size_bytes()) == inputs[i].bytes.size());
    std::copy(inputs[i].bytes.begin(), inputs[i].bytes.end(), view.data);
  }
}

std::vector<float> floats_of(const TensorView& view) {
  const auto elements = view.as<const float>();
  if (!elements) FAIL(elements.error().message);
  return {elements->begin(), elements->end()};
}

std::vector<Bytes> read_outputs(const Session& session, const Plan& plan) {
  std::vector<Bytes> outputs;
  for (std::size_t i = 0; i < plan.outputs().size(); ++i) {
    const TensorView view = session.output(i);
    outputs.emplace_back(view.data, view.data + view.size_bytes());
  }
  return outputs;
}

std::vector<Bytes> outputs_of(const Plan& plan, std::span<const Elements> inputs,
                              const SessionOptions& options) {
  Session session = session_of(plan, options);
  write_inputs(session, plan, inputs);
  REQUIRE(session.run());
  return read_outputs(session, plan);
}

void check_outputs(const graph::Graph& graph, const Compilation& compilation, double tolerance) {
  const std::vector<Elements> inputs = graph::tests::random_inputs(graph, 17);
  const std::vector<Elements> expected = graph::tests::interpret(graph, inputs);
  const std::vector<Bytes> got = outputs_of(compilation.plan, inputs);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    REQUIRE(got[i].size() == expected[i].bytes.size());
    if (compilation.plan.outputs()[i].dtype == DType::Float32) {
      CHECK(largest_difference(got[i], expected[i]) <= tolerance);
    } else {
      CHECK(std::ranges::equal(got[i], expected[i].bytes));
    }
  }
}

graph::Graph small_network() {
  Draft draft;
  const auto image = draft.input({1, 8, 8, 3});
  const auto stem = draft.conv("stem", image, 8);
  const auto halved = draft.add(
      "halved", Pool2d{PoolKind::Max, 2, 2, {.stride_h = 2, .stride_w = 2}, false, {}}, {stem});
  const auto block = draft.add("block", Conv2d{{}, 1, {ActivationKind::Relu}},
                               {halved, draft.constant({8, 1, 1, 8}), draft.constant({8}), halved});
  const auto squashed = draft.add("squashed", Activate{{ActivationKind::Sigmoid}}, {block});
  const auto doubled = draft.add("doubled", Binary{BinaryKind::Mul, {}}, {block, squashed});
  const auto joined = draft.add("joined", Concat{3}, {squashed, doubled});
  const auto mean = draft.add("mean", Reduce{ReduceKind::Mean, 0b0110, false}, {joined});
  const auto scores =
      draft.add("scores", FullyConnected{}, {mean, draft.constant({10, 16}), draft.constant({10})});
  draft.output(draft.add("probabilities", Softmax{1}, {scores}));
  return draft.graph();
}

graph::Graph heavy_network() {
  Draft draft;
  auto x = draft.input({1, 40, 40, 24});
  for (const char* name : {"first", "second", "third", "fourth"})
    x = draft.conv(name, x, 24);
  draft.output(x);
  return draft.graph();
}

graph::Graph one_pixel_network() {
  Draft draft;
  const auto pixel = draft.input({1, 1, 1, 720});
  const auto wide = draft.add("wide", Conv2d{{}, 1, {ActivationKind::HardSwish}},
                              {pixel, draft.constant({1100, 1, 1, 720}), draft.constant({1100})});
  const auto again =
      draft.add("again", Conv2d{{}, 1, {ActivationKind::Relu}},
                {wide, draft.constant({1100, 1, 1, 1100}), draft.constant({1100}), wide});
  const auto row = draft.add("row", Reshape{{1, 1100}}, {again});
  draft.output(draft.add("scores", FullyConnected{{ActivationKind::Sigmoid}},
                         {row, draft.constant({1001, 1100}), draft.constant({1001})}));
  return draft.graph();
}

}  // namespace tilewright::tests
