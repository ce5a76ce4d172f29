// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/tidy.h"

#include <catch2/catch_test_macros.hpp>

#include "lib/graph/builder.h"
#include "lib/graph/print.h"
#include "lib/graph/verify.h"

namespace tilewright::graph {
namespace {

ValueId neg(Builder& builder, std::string name, ValueId x) {
  return *builder.add(std::move(name), Unary{}, {x});
}

ValueId vector_input(Builder& builder, std::string name) {
  return builder.input({.name = std::move(name), .shape = {2}, .quantization = {}});
}

}  // namespace

TEST_CASE("nodes and values that no output needs go, inputs stay", "[graph]") {
  Builder builder;
  const ValueId x = vector_input(builder, "x");
  vector_input(builder, "unread");
  const ValueId dead = neg(builder, "dead", x);
  neg(builder, "dead too", dead);
  builder.constant("lost", {1}, std::vector<float>{1});
  builder.output(neg(builder, "y", x));
  Graph graph = std::move(builder).take();
  tidy(graph);
  CHECK(print(graph) ==
        "input %0 'x': float32 2\n"
        "input %1 'unread': float32 2\n"
        "%2 'y': float32 2 = unary(%0) kind=neg\n"
        "output %2\n");
  CHECK(graph.values.size() == 3);
}

TEST_CASE("a node moves to right before its first reader, the others keep their order", "[graph]") {
  Builder builder;
  const ValueId x = vector_input(builder, "x");
  const ValueId a = neg(builder, "a", x);
  const ValueId b = neg(builder, "b", a);
  const ValueId c = neg(builder, "c", b);
  const ValueId late = neg(builder, "late", x);
  builder.output(c);
  Graph graph = std::move(builder).take();
  graph.nodes[2].op = Binary{};
  graph.nodes[2].inputs = {b, late};
  tidy(graph);
  CHECK(verify(graph).has_value());
  REQUIRE(graph.nodes.size() == 4);
  CHECK(graph.nodes[0].name == "a");
  CHECK(graph.nodes[1].name == "b");
  CHECK(graph.nodes[2].name == "late");
  CHECK(graph.nodes[3].name == "c");
}

TEST_CASE("a deep graph needs no deep stack", "[graph]") {
  Builder builder;
  ValueId x = vector_input(builder, "x");
  constexpr int kDepth = 100'000;
  for (int i = 0; i < kDepth; ++i)
    x = neg(builder, "n", x);
  builder.output(x);
  Graph graph = std::move(builder).take();
  std::swap(graph.nodes.front(), graph.nodes.back());
  tidy(graph);
  CHECK(verify(graph).has_value());
  CHECK(graph.nodes.size() == kDepth);
}

TEST_CASE("a cycle ends in a graph that the law refuses", "[graph]") {
  Builder builder;
  const ValueId x = vector_input(builder, "x");
  const ValueId a = neg(builder, "a", x);
  const ValueId b = neg(builder, "b", a);
  builder.output(b);
  Graph graph = std::move(builder).take();
  graph.nodes[0].inputs = {b};
  tidy(graph);
  CHECK(!verify(graph));
}

}  // namespace tilewright::graph
