// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

/// The importer's two transposes around a convolution.
graph::ValueId nchw_conv(Draft& draft, graph::ValueId x, std::int64_t channels) {
  return draft.to_nchw(draft.conv("conv", draft.to_nhwc(x), channels));
}

std::size_t transposes(const graph::Graph& graph) {
  std::size_t count = 0;
  for (const graph::Node& node : graph.nodes) {
    if (std::holds_alternative<Transpose>(node.op)) ++count;
  }
  return count;
}

/// Two convolutions of an importer, with what `between` adds in between.
template <typename F>
graph::Graph moved(F&& between) {
  Draft draft;
  const auto x = nchw_conv(draft, draft.input({1, 3, 4, 5}), 4);
  draft.output(nchw_conv(draft, between(draft, x), 2));
  return after(move_transposes, draft);
}

}  // namespace

TEST_CASE("transposes between layers cancel and stand at the ends", "[rewrite]") {
  Draft draft;
  const auto x = nchw_conv(draft, draft.input({1, 2, 3, 4}), 5);
  const auto relu = draft.add("relu", Activate{{ActivationKind::Relu}}, {x});
  draft.output(nchw_conv(draft, relu, 6));
  CHECK(text_after(move_transposes, draft) ==
        "input %0 'x0': float32 1x2x3x4\n"
        "%1 'to_nhwc': float32 1x3x4x2 = transpose(%0) perm=[0,2,3,1]\n"
        "%4 'conv': float32 1x3x4x5 = conv2d(%1, const 2 5x3x3x2, const 3 5) "
        "window.pad_top=1 window.pad_left=1 window.pad_bottom=1 window.pad_right=1\n"
        "%5 'relu': float32 1x3x4x5 = activate(%4) activation.kind=relu\n"
        "%8 'conv': float32 1x3x4x6 = conv2d(%5, const 6 6x3x3x5, const 7 6) "
        "window.pad_top=1 window.pad_left=1 window.pad_bottom=1 window.pad_right=1\n"
        "%9 'to_nchw': float32 1x6x3x4 = transpose(%8) perm=[0,3,1,2]\n"
        "output %9\n");
}

TEST_CASE("transposes pass every op that works in any order", "[rewrite]") {
  using graph::ValueId;
  const auto passes = [](auto&& between) {
    const graph::Graph graph = moved(between);
    INFO(graph::print(graph));
    CHECK(transposes(graph) == 2);
  };
  const auto op = [](Op between) {
    return [=](Draft& draft, ValueId x) { return draft.add("between", between, {x}); };
  };
  passes(op(Unary{}));
  passes(op(Softmax{.axis = 1}));
  passes(op(Slice{.begin = {0, 1, 0, 2}, .size = {1, 2, 4, 2}, .step = {1, 1, 1, 1}}));
  passes(op(Pad{.before = {0, 1, 0, 2}, .after = {0, 0, 3, 0}, .value = 1}));
  passes(op(Reduce{.kind = ReduceKind::Mean, .axes = 0b1100}));
  passes(op(Broadcast{{1, 4, 4, 5}}));
  passes([](Draft& draft, ValueId x) {
    return draft.add("c", Binary{BinaryKind::Mul}, {draft.constant({4, 1, 1}), x});
  });
  passes([](Draft& draft, ValueId x) {
    return draft.add("c", Binary{}, {x, draft.constant({1, 1, 4, 5})});
  });
  passes([](Draft& draft, ValueId x) {
    return draft.add("c", Binary{BinaryKind::Sub}, {x, nchw_conv(draft, x, 4)});
  });
  passes([](Draft& draft, ValueId x) {
    return draft.add("c", Concat{1}, {x, nchw_conv(draft, x, 4), x});
  });
  passes([](Draft& draft, ValueId x) {
    const auto pooled = draft.add("p", Reduce{.kind = ReduceKind::Mean, .axes = 0b1100}, {x});
    return draft.add("gated", Binary{BinaryKind::Mul}, {x, nchw_conv(draft, pooled, 4)});
  });
}

TEST_CASE("a channel shuffle moves to the innermost dimensions", "[rewrite]") {
  const graph::Graph graph = moved([](Draft& draft, graph::ValueId x) {
    const auto split = draft.add("split", Reshape{{1, 2, 2, 4, 5}}, {x});
    const auto shuffled = draft.add("shuffled", Transpose{{0, 2, 1, 3, 4}}, {split});
    return draft.add("merged", Reshape{{1, 4, 4, 5}}, {shuffled});
  });
  INFO(graph::print(graph));
  REQUIRE(graph.nodes.size() == 7);
  CHECK(graph::print_attributes(graph.nodes[2].op, 4) == " shape=1x4x5x2x2");
  CHECK(graph::print_attributes(graph.nodes[3].op, 5) == " perm=[0,1,2,4,3]");
  CHECK(graph::print_attributes(graph.nodes[4].op, 5) == " shape=1x4x5x4");
}

TEST_CASE("what is computed before the first layer is computed after the transpose", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 2, 3, 4});
  const auto scaled = draft.add("scaled", Binary{BinaryKind::Mul}, {x, draft.constant({2, 1, 1})});
  draft.output(nchw_conv(draft, scaled, 2));
  const graph::Graph graph = after(move_transposes, draft);
  REQUIRE(graph.nodes.size() == 4);
  CHECK(graph::print(graph, graph.nodes[0]) ==
        "%1 'x0.transposed': float32 1x3x4x2 = transpose(%0) perm=[0,2,3,1]");
  CHECK(graph.nodes[1].name == "scaled");
}

TEST_CASE("a residual from the graph's input meets the input's transpose", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 2, 3, 4});
  auto sum = x;
  for (int layer = 0; layer < 3; ++layer)
    sum = draft.add("sum", Binary{}, {sum, nchw_conv(draft, sum, 2)});
  draft.output(sum);
  CHECK(transposes(after(move_transposes, draft)) == 2);
}

TEST_CASE("a transpose that cannot cancel is not multiplied", "[rewrite]") {
  Draft draft;
  const auto x = draft.to_nchw(draft.conv("conv", draft.input({1, 3, 4, 2}), 2));
  // Rows of the product are rows of the image, so the order of dimensions counts.
  draft.output(draft.add("a", MatMul{.transpose_b = true}, {x, x}));
  draft.output(draft.add("b", MatMul{.transpose_a = true}, {draft.add("neg", Unary{}, {x}), x}));
  CHECK(transposes(after(move_transposes, draft)) == 1);
}

TEST_CASE("a flattening that needs the old order keeps one transpose", "[rewrite]") {
  Draft draft;
  const auto x = nchw_conv(draft, draft.input({1, 2, 3, 4}), 2);
  draft.output(draft.add("flat", Reshape{{1, 24}}, {draft.add("relu", Activate{}, {x})}));
  CHECK(transposes(after(move_transposes, draft)) == 2);
}

}  // namespace tilewright::rewriting::tests
