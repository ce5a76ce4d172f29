// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {

TEST_CASE("a convolution adds what is added to it, then the activation", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 3, 3, 5});
  const Binary relu{BinaryKind::Add, {ActivationKind::Relu}};
  draft.output(draft.add("sum", relu, {x, draft.conv("conv", x, 5)}));
  CHECK(text_after(fuse_residual, draft) ==
        "input %0 'x0': float32 1x3x3x5\n"
        "%3 'sum': float32 1x3x3x5 = conv2d(%0, const 1 5x3x3x5, const 2 5, %0) "
        "window.pad_top=1 window.pad_left=1 window.pad_bottom=1 window.pad_right=1 "
        "activation.kind=relu\n"
        "output %3\n");
}

TEST_CASE("of two convolutions the later one adds the other's output", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 3, 3, 2});
  const auto first = draft.conv("first", x, 2);
  const auto second = draft.conv("second", x, 2);
  draft.output(draft.add("sum", Binary{}, {first, second}));
  const graph::Graph graph = after(fuse_residual, draft);
  REQUIRE(graph.nodes.size() == 2);
  CHECK(graph.nodes[0].name == "first");
  CHECK(graph.nodes[1].inputs.size() == 4);
  CHECK(graph.nodes[1].inputs[3] == graph.nodes[0].output);
}

TEST_CASE("a convolution waits for a residual that is made after it", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 3, 3, 2});
  const auto conv = draft.conv("conv", x, 2);
  const auto late = draft.add("late", Unary{}, {x});
  draft.output(draft.add("sum", Binary{}, {conv, late}));
  const graph::Graph graph = after(fuse_residual, draft);
  REQUIRE(graph.nodes.size() == 2);
  CHECK(graph.nodes[0].name == "late");
}

TEST_CASE("an addition stays if the convolution cannot take it", "[rewrite]") {
  const auto nodes_after = [](auto&& build) {
    Draft draft;
    build(draft);
    return after(fuse_residual, draft).nodes.size();
  };
  // It has an activation of its own.
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({1, 3, 3, 2});
          const auto conv = draft.add("conv", Conv2d{.activation = {ActivationKind::Relu}},
                                      {x, draft.constant({2, 1, 1, 2}), draft.constant({2})});
          draft.output(draft.add("sum", Binary{}, {conv, x}));
        }) == 2);
  // Its output is read elsewhere too.
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({1, 3, 3, 2});
          const auto conv = draft.conv("conv", x, 2);
          draft.output(conv);
          draft.output(draft.add("sum", Binary{}, {conv, x}));
        }) == 2);
  // The other operand broadcasts.
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({1, 1, 1, 2});
          const auto y = draft.input({1, 3, 3, 2});
          draft.output(draft.add("sum", Binary{}, {draft.conv("conv", y, 2), x}));
        }) == 2);
  // It is added to itself.
  CHECK(nodes_after([](Draft& draft) {
          const auto conv = draft.conv("conv", draft.input({1, 3, 3, 2}), 2);
          draft.output(draft.add("sum", Binary{}, {conv, conv}));
        }) == 2);
}

}  // namespace tilewright::rewriting::tests
