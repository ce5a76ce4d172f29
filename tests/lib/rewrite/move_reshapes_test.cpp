// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

using graph::ValueId;

ValueId layer(Draft& draft) {
  return draft.add("fc", FullyConnected{},
                   {draft.input({6, 3}), draft.constant({4, 3}), draft.constant({4})});
}

ValueId reshaped(Draft& draft, ValueId x, const Shape& shape) {
  return draft.add("reshaped", Reshape{shape}, {x});
}

}  // namespace

TEST_CASE("a bias and an activation behind a reshape come to the layer before it", "[rewrite]") {
  for (const bool swapped : {false, true}) {
    Draft draft;
    const auto x = reshaped(draft, layer(draft), {2, 3, 4});
    const auto bias = draft.constant({1, 1, 4});
    const auto sum =
        draft.add("sum", Binary{}, swapped ? std::vector{bias, x} : std::vector{x, bias});
    draft.output(draft.add("y", Activate{{ActivationKind::Gelu, 0, 0}}, {sum}));
    graph::Graph graph = after(move_reshapes, draft);
    CHECK(graph.nodes.size() == 4);
    for (const auto pass : {fold_scale, move_reshapes, fuse_activation}) {
      REQUIRE(pass(graph));
      graph::tidy(graph);
    }
    REQUIRE(graph.nodes.size() == 2);
    CHECK(std::get_if<FullyConnected>(&graph.nodes[0].op)->activation.kind == ActivationKind::Gelu);
    CHECK(std::holds_alternative<Reshape>(graph.nodes[1].op));
  }
}

TEST_CASE("a reshape stays where moving it would change or save nothing", "[rewrite]") {
  const auto is_unchanged = [](auto&& build) {
    Draft draft;
    build(draft);
    graph::Graph graph = draft.graph();
    graph::tidy(graph);
    return text_after(move_reshapes, draft) == graph::print(graph);
  };
  // The innermost dimension is another one.
  CHECK(is_unchanged([](Draft& draft) {
    const auto x = reshaped(draft, layer(draft), {12, 2});
    draft.output(draft.add("y", Binary{}, {x, draft.constant({2})}));
  }));
  // The constant is not one number per channel.
  CHECK(is_unchanged([](Draft& draft) {
    const auto x = reshaped(draft, layer(draft), {2, 3, 4});
    draft.output(draft.add("y", Binary{}, {x, draft.constant({3, 4})}));
  }));
  // Somebody else reads the reshape, or what the layer makes.
  CHECK(is_unchanged([](Draft& draft) {
    const auto x = reshaped(draft, layer(draft), {2, 3, 4});
    draft.output(x);
    draft.output(draft.add("y", Binary{}, {x, draft.constant({4})}));
  }));
  CHECK(is_unchanged([](Draft& draft) {
    const auto made = layer(draft);
    draft.output(made);
    const auto x = reshaped(draft, made, {2, 3, 4});
    draft.output(draft.add("y", Activate{{ActivationKind::Relu, 0, 0}}, {x}));
  }));
  // No layer comes before it.
  CHECK(is_unchanged([](Draft& draft) {
    const auto x = reshaped(draft, draft.input({6, 4}), {2, 3, 4});
    draft.output(draft.add("y", Binary{}, {x, draft.constant({4})}));
  }));
  // The sum is larger than what the layer makes.
  CHECK(is_unchanged([](Draft& draft) {
    const auto x = reshaped(draft, layer(draft), {2, 3, 4});
    draft.output(draft.add("y", Binary{}, {x, draft.constant({2, 1, 1, 1})}));
  }));
}

}  // namespace tilewright::rewriting::tests
