// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

Activate activate(ActivationKind kind, float alpha = 0, float beta = 0) {
  return Activate{{kind, alpha, beta}};
}

/// What is left of relu6(x + `shift`), divided by `divisor`, times x, in one of two orders.
std::string text_of_hard_swish(float shift, float divisor, bool gate_first) {
  Draft draft;
  const auto x = draft.input({20});
  const auto sum = draft.add("sum", Binary{}, {x, draft.constant({}, {shift})});
  const auto relu6 = draft.add("relu6", activate(ActivationKind::Relu6), {sum});
  const auto sixth = draft.constant({1}, {1 / divisor});
  if (gate_first) {
    const auto gate = draft.add("gate", Binary{BinaryKind::Mul}, {sixth, relu6});
    draft.output(draft.add("y", Binary{BinaryKind::Mul}, {x, gate}));
  } else {
    const auto product = draft.add("product", Binary{BinaryKind::Mul}, {relu6, x});
    draft.output(draft.add("y", Binary{BinaryKind::Div}, {product, draft.constant({}, {divisor})}));
  }
  return text_after(recognize_activations, draft);
}

const std::string kHardSwish =
    "input %0 'x0': float32 20\n"
    "%1 'y': float32 20 = activate(%0) activation.kind=hard_swish\n"
    "output %1\n";

}  // namespace

TEST_CASE("x * relu6(x + 3) / 6 is a hard swish in any order", "[rewrite]") {
  CHECK(text_of_hard_swish(3, 6, true) == kHardSwish);
  CHECK(text_of_hard_swish(3, 6, false) == kHardSwish);
}

TEST_CASE("other numbers make no hard swish", "[rewrite]") {
  CHECK(text_of_hard_swish(2, 6, true) != kHardSwish);
  CHECK(text_of_hard_swish(3, 5, true) != kHardSwish);
  CHECK(text_of_hard_swish(3, 5, false) != kHardSwish);
}

TEST_CASE("x times its sigmoid is a silu, times its hard sigmoid a hard swish", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({20});
  const auto sigmoid = draft.add("sigmoid", activate(ActivationKind::Sigmoid), {x});
  draft.output(draft.add("a", Binary{BinaryKind::Mul}, {sigmoid, x}));
  const auto hard = draft.add("hard", activate(ActivationKind::HardSigmoid, 1.0F / 6, 0.5F), {x});
  draft.output(draft.add("b", Binary{BinaryKind::Mul}, {x, hard}));
  CHECK(text_after(recognize_activations, draft) ==
        "input %0 'x0': float32 20\n"
        "%1 'a': float32 20 = activate(%0) activation.kind=silu\n"
        "%2 'b': float32 20 = activate(%0) activation.kind=hard_swish\n"
        "output %1\n"
        "output %2\n");
}

TEST_CASE("x times the sigmoid of something else is a product", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({20});
  const auto y = draft.input({20});
  const auto sigmoid = draft.add("sigmoid", activate(ActivationKind::Sigmoid), {y});
  draft.output(draft.add("a", Binary{BinaryKind::Mul}, {sigmoid, x}));
  CHECK(after(recognize_activations, draft).nodes.size() == 2);
}

}  // namespace tilewright::rewriting::tests
