// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/rewrite.h"
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

Binary of(BinaryKind kind, ActivationKind activation = ActivationKind::None) {
  return Binary{kind, {activation, 0, 0}};
}

}  // namespace

TEST_CASE("a scale and a shift per channel are one pass with their activation", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({1, 2, 1, 2});
  const auto scaled = draft.add("scaled", of(BinaryKind::Mul), {x, draft.constant({2}, {2, 3})});
  draft.output(draft.add("y", of(BinaryKind::Sub, ActivationKind::Relu),
                         {scaled, draft.constant({1, 1, 1, 2}, {4, 5})}));
  CHECK(text_after(fuse_scale_shift, draft) ==
        "input %0 'x0': float32 1x2x1x2\n"
        "%3 'y': float32 1x2x1x2 = depthwise_conv2d(%0, const 1 1x1x2 [2, 3], const 2 2 [-4, -5]) "
        "activation.kind=relu\n"
        "output %3\n");
}

TEST_CASE("scale and shift of few channels are repeated along rows, if these are not too long",
          "[rewrite]") {
  const auto op_shape = [](const Shape& shape) {
    Draft draft;
    const Shape channels{shape.last()};
    const auto x = draft.input(shape);
    const auto scaled = draft.add("scaled", of(BinaryKind::Mul), {x, draft.constant(channels)});
    draft.output(draft.add("y", of(BinaryKind::Add), {scaled, draft.constant(channels)}));
    const graph::Graph changed = after(fuse_scale_shift, draft);
    for (const graph::Node& node : changed.nodes) {
      if (std::holds_alternative<DepthwiseConv2d>(node.op))
        return changed.value(node.output).spec.shape;
    }
    return Shape{};
  };
  CHECK(op_shape({2, 4, 5, 3}) == Shape{2, 4, 1, 15});
  CHECK(op_shape({1, 4, 5, 16}) == Shape{1, 4, 5, 16});
  CHECK(op_shape({1, 2, 2731, 3}) == Shape{1, 2, 2731, 3});
}

TEST_CASE("a longer chain of scales and shifts becomes one pass too", "[rewrite]") {
  Draft draft;
  auto x = draft.input({1, 3, 4, 5});
  for (const BinaryKind kind :
       {BinaryKind::Add, BinaryKind::Mul, BinaryKind::Sub, BinaryKind::Div}) {
    x = draft.add("step", of(kind), {x, draft.constant({5}, {0.5F, 1, 2, 3, 4})});
  }
  draft.output(x);
  const auto rewritten = rewrite(draft.graph());
  REQUIRE(rewritten);
  CHECK(rewritten->nodes.size() == 3);  // two of them reshapes
  CHECK(graph::tests::first_difference(draft.graph(), *rewritten, 11) == "");
}

TEST_CASE("what is one pass already, or read in between, stays", "[rewrite]") {
  const auto nodes_after = [](auto&& build) {
    Draft draft;
    build(draft);
    return after(fuse_scale_shift, draft).nodes.size();
  };
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({1, 2, 2, 3});
          draft.output(draft.add("y", of(BinaryKind::Mul), {x, draft.constant({3})}));
        }) == 1);
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({1, 2, 2, 3});
          const auto scaled = draft.add("s", of(BinaryKind::Mul), {x, draft.constant({3})});
          draft.output(scaled);
          draft.output(draft.add("y", of(BinaryKind::Add), {scaled, draft.constant({3})}));
        }) == 2);
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({1, 2, 2, 3});
          const auto scaled =
              draft.add("s", of(BinaryKind::Mul, ActivationKind::Relu), {x, draft.constant({3})});
          draft.output(draft.add("y", of(BinaryKind::Add), {scaled, draft.constant({3})}));
        }) == 2);
  CHECK(nodes_after([](Draft& draft) {
          const auto x = draft.input({2, 3});  // no image
          const auto scaled = draft.add("s", of(BinaryKind::Mul), {x, draft.constant({3})});
          draft.output(draft.add("y", of(BinaryKind::Add), {scaled, draft.constant({3})}));
        }) == 2);
}

}  // namespace tilewright::rewriting::tests
