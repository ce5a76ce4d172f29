// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/verify.h"

#include <limits>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "lib/graph/builder.h"

namespace tilewright::graph {
namespace {

/// x -> first (adds a constant) -> second (relu) -> output
Graph two_nodes() {
  Builder builder;
  const ValueId x =
      builder.input({.name = "x", .dtype = DType::Float32, .shape = {2, 2}, .quantization = {}});
  const ValueId one = builder.constant("one", {1}, std::vector<float>{1});
  const ValueId first = *builder.add("first", Binary{}, {x, one});
  builder.output(*builder.add("second", Activate{}, {first}));
  return std::move(builder).take();
}

std::string defect(const Graph& graph) {
  const Status status = verify(graph);
  if (status) return "none";
  CHECK(status.error().code == ErrorCode::InvalidModel);
  return status.error().message;
}

}  // namespace

TEST_CASE("a graph from the builder obeys the law", "[graph]") {
  CHECK(defect(two_nodes()) == "none");
}

TEST_CASE("ids out of range are refused", "[graph]") {
  Graph graph = two_nodes();
  graph.nodes[0].inputs[1] = ValueId{4};
  CHECK(defect(graph) == "node 'first': expected a value below 4, got 4");
  graph = two_nodes();
  graph.nodes[1].output = ValueId{7};
  CHECK(defect(graph) == "node 'second': expected a value below 4, got 7");
  graph = two_nodes();
  graph.outputs[0] = ValueId{8};
  CHECK(defect(graph) == "graph outputs: expected a value below 4, got 8");
  graph = two_nodes();
  graph.inputs[0] = ValueId{9};
  CHECK(defect(graph) == "graph inputs: expected a value below 4, got 9");
}

TEST_CASE("a node that reads what comes later is refused", "[graph]") {
  Graph graph = two_nodes();
  std::swap(graph.nodes[0], graph.nodes[1]);
  CHECK(defect(graph) == "node 'second': expected a value that exists before, got value 2 'first'");
}

TEST_CASE("a value is made once", "[graph]") {
  Graph graph = two_nodes();
  graph.nodes[1].output = graph.nodes[0].output;
  CHECK(defect(graph) ==
        "node 'second': expected a value that nothing else makes, got value 2 'first'");
  graph = two_nodes();
  graph.inputs.push_back(ValueId{1});
  CHECK(defect(graph) ==
        "graph inputs: expected a value that nothing else makes, got value 1 'one'");
}

TEST_CASE("a value that nothing makes is refused", "[graph]") {
  Graph graph = two_nodes();
  graph.add_value({.spec = {.name = "lost", .shape = {}, .quantization = {}}, .constant = {}});
  CHECK(defect(graph) == "value 4 'lost': expected a node that makes it, got none");
}

TEST_CASE("specs must be those the ops give", "[graph]") {
  Graph graph = two_nodes();
  graph.values[3].spec.dtype = DType::Int8;
  CHECK(defect(graph) == "node 'second': expected an output of float32 2x2, got int8 2x2");
  graph = two_nodes();
  graph.values[1].spec.shape = {3};
  graph.values[1].constant = copy_constant(std::vector<std::byte>(12));
  CHECK(defect(graph) == "node 'first': binary: expected shapes that broadcast, got 2x2 and 3");
}

TEST_CASE("a constant holds as many bytes as its spec says", "[graph]") {
  Graph graph = two_nodes();
  graph.values[1].spec.shape = {2};
  CHECK(defect(graph) == "value 1 'one': expected 8 bytes, got 4");
}

TEST_CASE("a shape that overflows is refused before its size is used", "[graph]") {
  Graph graph = two_nodes();
  graph.values[1].spec.shape = {std::numeric_limits<std::int64_t>::max(), 8};
  CHECK(defect(graph).starts_with("value 1 'one': shape: expected at most"));
}

TEST_CASE("quantisation parameters must fit their tensor", "[graph]") {
  Graph graph = two_nodes();
  Quantization& quantization = graph.values[0].spec.quantization;
  quantization = {.scales = {0.5F}, .zero_points = {}};
  CHECK(defect(graph) == "value 0 'x': expected 1 zero points, got 0");
  quantization = {.scales = {0.0F}, .zero_points = {0}};
  CHECK(defect(graph) == "value 0 'x': expected scales above 0, got 0.000000");
  quantization = {.scales = {1, 1}, .zero_points = {0, 0}, .axis = 2};
  CHECK(defect(graph) == "value 0 'x': expected a quantised axis below 2, got 2");
  quantization = {.scales = {1, 1, 1}, .zero_points = {0, 0, 0}, .axis = 1};
  CHECK(defect(graph) == "value 0 'x': expected 2 scales, got 3");
  quantization = {.scales = {1, 1}, .zero_points = {0, 0}, .axis = 1};
  CHECK(defect(graph) == "none");
}

TEST_CASE("weights that are computed are named", "[graph]") {
  Builder builder;
  const ValueId x =
      builder.input({.name = "x", .dtype = DType::Float32, .shape = {2, 3}, .quantization = {}});
  const ValueId bias = builder.constant("bias", {2}, std::vector<float>{1, 2});
  builder.output(*builder.add("dense", FullyConnected{}, {x, x, bias}));
  CHECK(defect(builder.graph()) == "none");
  const Status status = verify_weights(builder.graph());
  REQUIRE(!status);
  CHECK(status.error().code == ErrorCode::Unsupported);
  CHECK(status.error().message ==
        "node 'dense': fully_connected: expected a constant filter, got value 0 'x'");
}

TEST_CASE("a node that the law refuses never enters a builder", "[graph]") {
  Builder builder;
  const ValueId x =
      builder.input({.name = "x", .dtype = DType::Float32, .shape = {2}, .quantization = {}});
  const auto refused = builder.add("dense", FullyConnected{}, {x});
  REQUIRE(!refused);
  CHECK(refused.error().message == "node 'dense': fully_connected: expected 3 inputs, got 1");
  CHECK(builder.graph().nodes.empty());
  CHECK(builder.graph().values.size() == 1);
}

}  // namespace tilewright::graph
