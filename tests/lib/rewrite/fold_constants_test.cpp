// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {

TEST_CASE("nodes of constants become constants", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({2});
  const auto sum =
      draft.add("sum", Binary{}, {draft.constant({2}, {1, 2}), draft.constant({1}, {3})});
  const auto flipped = draft.add("flipped", Slice{.begin = {1}, .size = {2}, .step = {-1}}, {sum});
  draft.output(draft.add("scaled", Binary{BinaryKind::Mul}, {x, flipped}));
  CHECK(text_after(fold_constants, draft) ==
        "input %0 'x0': float32 2\n"
        "%2 'scaled': float32 2 = binary(%0, const 1 2 [5, 4]) kind=mul\n"
        "output %2\n");
}

TEST_CASE("a constant is not blown up for the sake of folding", "[rewrite]") {
  Draft draft;
  const auto small = draft.constant({1, 1}, {1});
  draft.output(draft.add("sum", Binary{},
                         {draft.input({1}), draft.add("large", Broadcast{{200, 200}}, {small})}));
  CHECK(after(fold_constants, draft).nodes.size() == 2);
}

TEST_CASE("a product of constants that takes too long to fold stays", "[rewrite]") {
  graph::Builder builder;
  const TensorSpec square{"s", DType::Float32, {1024, 1024}, {}};
  const std::vector<std::byte> zeros(static_cast<std::size_t>(square.size_bytes()));
  const auto a = builder.constant(square, zeros);
  builder.output(*builder.add("neg", Unary{}, {*builder.add("product", MatMul{}, {a, a})}));
  graph::Graph graph = std::move(builder).take();
  CHECK(!*fold_constants(graph));
}

TEST_CASE("an output stays an output, even if it is constant", "[rewrite]") {
  Draft draft;
  draft.output(draft.add("sum", Unary{}, {draft.constant({2}, {1, 2})}));
  CHECK(after(fold_constants, draft).nodes.size() == 1);
}

}  // namespace tilewright::rewriting::tests
