// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

using graph::ValueId;

/// Where the half stands in x * (1 + erf(x / sqrt(2))) / 2.
enum class Half : std::uint8_t { AtX, AtGate, AtProduct };

ValueId times(Draft& draft, ValueId x, float factor) {
  return draft.add("times", Binary{BinaryKind::Mul, {}}, {draft.constant({}, {factor}), x});
}

ValueId product(Draft& draft, ValueId a, ValueId b) {
  return draft.add("product", Binary{BinaryKind::Mul, {}}, {a, b});
}

ValueId gelu(Draft& draft, ValueId x, ValueId gate, Half half) {
  switch (half) {
    case Half::AtX:
      return product(draft, times(draft, x, 0.5F), gate);
    case Half::AtGate:
      return product(draft, times(draft, gate, 0.5F), x);
    case Half::AtProduct:
      return times(draft, product(draft, x, gate), 0.5F);
  }
  return x;
}

ValueId plus(Draft& draft, ValueId x, float number) {
  return draft.add("plus", Binary{}, {x, draft.constant({1}, {number})});
}

std::string text_of_gelu(Half half, float divisor = 1.41421356F, float one = 1) {
  Draft draft;
  const auto x = draft.input({20});
  const auto scaled =
      draft.add("scaled", Binary{BinaryKind::Div, {}}, {x, draft.constant({}, {divisor})});
  const auto erf = draft.add("erf", Unary{UnaryKind::Erf}, {scaled});
  draft.output(gelu(draft, x, plus(draft, erf, one), half));
  return text_after(recognize_gelu, draft);
}

std::string text_of_tanh_gelu(bool power, float cube_factor = 0.044715F) {
  Draft draft;
  const auto x = draft.input({20});
  const auto cube =
      power ? draft.add("cube", Binary{BinaryKind::Pow, {}}, {x, draft.constant({}, {3})})
            : product(draft, x, product(draft, x, x));
  const auto sum = draft.add("sum", Binary{}, {x, times(draft, cube, cube_factor)});
  const auto tanh =
      draft.add("tanh", Activate{{ActivationKind::Tanh, 0, 0}}, {times(draft, sum, 0.7978846F)});
  draft.output(gelu(draft, x, plus(draft, tanh, 1), Half::AtX));
  return text_after(recognize_gelu, draft);
}

}  // namespace

TEST_CASE("a gelu is found wherever its half stands", "[rewrite]") {
  for (const Half half : {Half::AtX, Half::AtGate, Half::AtProduct}) {
    CAPTURE(static_cast<int>(half));
    const std::string text = text_of_gelu(half);
    CHECK(text.find("activation.kind=gelu\n") != std::string::npos);
    CHECK(text.find("erf") == std::string::npos);
  }
}

TEST_CASE("a gelu by the hyperbolic tangent is found with both forms of the cube", "[rewrite]") {
  for (const bool power : {false, true}) {
    const std::string text = text_of_tanh_gelu(power);
    CHECK(text.find("activation.kind=gelu_tanh\n") != std::string::npos);
    CHECK(text.find("activation.kind=tanh") == std::string::npos);
  }
}

TEST_CASE("other numbers make no gelu", "[rewrite]") {
  CHECK(text_of_gelu(Half::AtX, 1.5F).find("gelu") == std::string::npos);
  CHECK(text_of_gelu(Half::AtProduct, 1.41421356F, 2).find("gelu") == std::string::npos);
  CHECK(text_of_tanh_gelu(true, 0.05F).find("gelu") == std::string::npos);
}

TEST_CASE("the gate of another value makes no gelu", "[rewrite]") {
  Draft draft;
  const auto x = draft.input({20});
  const auto y = draft.input({20});
  const auto erf = draft.add("erf", Unary{UnaryKind::Erf}, {times(draft, y, 0.70710678F)});
  draft.output(gelu(draft, x, plus(draft, erf, 1), Half::AtX));
  CHECK(text_after(recognize_gelu, draft).find("gelu") == std::string::npos);
}

}  // namespace tilewright::rewriting::tests
