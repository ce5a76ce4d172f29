// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

graph::Graph softmax_of(BinaryKind kind, const Shape& shape, const std::vector<float>& numbers) {
  Draft draft;
  const auto x = draft.input({3, 5});
  const auto scaled = draft.add("scaled", Binary{kind, {}}, {x, draft.constant(shape, numbers)});
  draft.output(draft.add("y", Softmax{.axis = 1, .beta = 0.5F}, {scaled}));
  return after(fold_softmax_scale, draft);
}

}  // namespace

TEST_CASE("a positive factor before a softmax becomes its own", "[rewrite]") {
  const graph::Graph product = softmax_of(BinaryKind::Mul, {}, {4});
  REQUIRE(product.nodes.size() == 1);
  CHECK(std::get_if<Softmax>(&product.nodes[0].op)->beta == 2);
  const graph::Graph quotient = softmax_of(BinaryKind::Div, {1, 1}, {4});
  REQUIRE(quotient.nodes.size() == 1);
  CHECK(std::get_if<Softmax>(&quotient.nodes[0].op)->beta == 0.125F);
}

TEST_CASE("what is no positive factor stays before the softmax", "[rewrite]") {
  CHECK(softmax_of(BinaryKind::Mul, {}, {-1}).nodes.size() == 2);
  CHECK(softmax_of(BinaryKind::Mul, {}, {0}).nodes.size() == 2);
  CHECK(softmax_of(BinaryKind::Add, {}, {4}).nodes.size() == 2);
  CHECK(softmax_of(BinaryKind::Mul, {5}, {1, 2, 3, 4, 5}).nodes.size() == 2);
}

}  // namespace tilewright::rewriting::tests
