// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {

TEST_CASE("nodes that give their input back go", "[rewrite]") {
  const std::vector<Op> identities = {
      Reshape{{2, 3}},
      Transpose{{0, 1}},
      Slice{.size = {2, 3}, .step = {1, 1}},
      Pad{},
      Cast{},
      Broadcast{{2, 3}},
      Concat{},
      Activate{},
      Reduce{},
  };
  for (const Op& identity : identities) {
    Draft draft;
    const auto x = draft.add("x", Unary{}, {draft.input({2, 3})});
    draft.output(draft.add("y", Unary{}, {draft.add("same", identity, {x})}));
    CAPTURE(graph::print(draft.graph()));
    CHECK(after(remove_identity, draft).nodes.size() == 2);
  }
}

TEST_CASE("nodes that only look like it stay", "[rewrite]") {
  const std::vector<Op> changes = {
      Transpose{{1, 0}},
      Slice{.begin = {1, 0}, .size = {2, 2}, .step = {-1, 1}},
      Reduce{.kind = ReduceKind::Sum, .axes = 1},
      Cast{DType::Float64},
  };
  for (const Op& change : changes) {
    Draft draft;
    draft.output(draft.add("y", change, {draft.input({2, 2})}));
    CAPTURE(graph::print(draft.graph()));
    CHECK(after(remove_identity, draft).nodes.size() == 1);
  }
}

TEST_CASE("adding zeros and multiplying with ones go, unless they broadcast", "[rewrite]") {
  Draft draft;
  const auto x = draft.add("x", Unary{}, {draft.input({2})});
  const auto sum = draft.add("sum", Binary{}, {x, draft.constant({2}, {0, 0})});
  const auto product =
      draft.add("product", Binary{BinaryKind::Mul}, {draft.constant({1}, {1}), sum});
  draft.output(draft.add("wide", Binary{}, {product, draft.constant({2, 1}, {0, 0})}));
  CHECK(text_after(remove_identity, draft) ==
        "input %0 'x0': float32 2\n"
        "%1 'x': float32 2 = unary(%0) kind=neg\n"
        "%3 'wide': float32 2x2 = binary(%1, const 2 2x1 [0, 0]) kind=add\n"
        "output %3\n");
}

TEST_CASE("an output keeps its name when its node goes", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({2});
  draft.output(draft.add("y", Reshape{{2}}, {draft.add("inner", Unary{}, {x})}));
  const graph::Graph graph = after(remove_identity, draft);
  CHECK(graph.nodes.size() == 1);
  CHECK(graph.value(graph.outputs[0]).spec.name == "y");
}

TEST_CASE("an output that is an input by another name stays a node", "[rewrite]") {
  Draft draft;
  draft.output(draft.add("y", Reshape{{2}}, {draft.input({2})}));
  CHECK(after(remove_identity, draft).nodes.size() == 1);
}

}  // namespace tilewright::rewriting::tests
