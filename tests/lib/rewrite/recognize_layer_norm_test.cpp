// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

using graph::ValueId;

enum class Squared : std::uint8_t { ByProduct, BySquare, ByDifference };
enum class Divided : std::uint8_t { ByRoot, ByReciprocal, ByReciprocalRoot };

ValueId mean(Draft& draft, ValueId x, std::uint32_t axes) {
  return draft.add("mean", Reduce{.kind = ReduceKind::Mean, .axes = axes}, {x});
}

ValueId square(Draft& draft, ValueId difference, ValueId x, ValueId center, Squared how) {
  switch (how) {
    case Squared::ByProduct:
      return draft.add("square", Binary{BinaryKind::Mul, {}}, {difference, difference});
    case Squared::BySquare:
      return draft.add("square", Unary{UnaryKind::Square}, {difference});
    case Squared::ByDifference:
      return draft.add("square", Binary{BinaryKind::SquaredDifference, {}}, {x, center});
  }
  return x;
}

ValueId divided(Draft& draft, ValueId difference, ValueId variance, Divided how) {
  if (how == Divided::ByReciprocalRoot) {
    const auto factor = draft.add("factor", Unary{UnaryKind::Rsqrt}, {variance});
    return draft.add("y", Binary{BinaryKind::Mul, {}}, {factor, difference});
  }
  const auto root = draft.add("root", Unary{UnaryKind::Sqrt}, {variance});
  if (how == Divided::ByRoot)
    return draft.add("y", Binary{BinaryKind::Div, {}}, {difference, root});
  const auto factor = draft.add("factor", Unary{UnaryKind::Reciprocal}, {root});
  return draft.add("y", Binary{BinaryKind::Mul, {}}, {difference, factor});
}

std::string text_of(Squared squared, Divided how, std::uint32_t axes = 0b100) {
  Draft draft;
  const auto x = draft.input({2, 3, 4});
  const auto center = mean(draft, x, axes);
  const auto difference = draft.add("difference", Binary{BinaryKind::Sub, {}}, {x, center});
  const auto variance = mean(draft, square(draft, difference, x, center, squared), axes);
  const auto shifted =
      draft.add("shifted", Binary{}, {variance, draft.constant({1, 1, 1}, {0.5F})});
  draft.output(divided(draft, difference, shifted, how));
  return text_after(recognize_layer_norm, draft);
}

const std::string kLayerNorm =
    "input %0 'x0': float32 2x3x4\n"
    "%3 'y': float32 2x3x4 = layer_norm(%0, const 1 4 [1, 1, 1, 1], const 2 4 [0, 0, 0, 0]) "
    "epsilon=0.5\n"
    "output %3\n";

}  // namespace

TEST_CASE("a layer normalisation is found in all its spellings", "[rewrite]") {
  for (const Squared squared : {Squared::ByProduct, Squared::BySquare, Squared::ByDifference}) {
    for (const Divided how : {Divided::ByRoot, Divided::ByReciprocal, Divided::ByReciprocalRoot}) {
      CAPTURE(static_cast<int>(squared), static_cast<int>(how));
      CHECK(text_of(squared, how) == kLayerNorm);
    }
  }
}

TEST_CASE("means over other dimensions make no layer normalisation", "[rewrite]") {
  for (const std::uint32_t axes : {0b010U, 0b110U}) {
    CHECK(text_of(Squared::BySquare, Divided::ByRoot, axes).find("layer_norm") ==
          std::string::npos);
  }
}

TEST_CASE("a scale and a shift after a layer normalisation become its own", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({2, 2});
  const auto norm = draft.add("norm", LayerNorm{.epsilon = 1},
                              {x, draft.constant({2}, {1, 2}), draft.constant({2}, {3, 4})});
  const auto scaled =
      draft.add("scaled", Binary{BinaryKind::Mul, {}}, {norm, draft.constant({1, 2}, {10, 20})});
  draft.output(draft.add("y", Binary{}, {draft.constant({}, {5}), scaled}));
  CHECK(
      text_after(fold_scale, draft) ==
      "input %0 'x0': float32 2x2\n"
      "%3 'norm': float32 2x2 = layer_norm(%0, const 1 2 [10, 40], const 2 2 [35, 85]) epsilon=1\n"
      "output %3\n");
}

TEST_CASE("an activation keeps its scale out of a layer normalisation", "[rewrite]") {
  Draft draft;
  const auto norm = draft.add("norm", LayerNorm{},
                              {draft.input({2, 2}), draft.constant({2}), draft.constant({2})});
  draft.output(
      draft.add("y", Binary{BinaryKind::Mul, {ActivationKind::Relu}}, {norm, draft.constant({2})}));
  CHECK(after(fold_scale, draft).nodes.size() == 2);
}

}  // namespace tilewright::rewriting::tests
