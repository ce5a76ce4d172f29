// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include "kernels/elementwise/elementwise.h"
#include "kernels/in_place.h"
#include "tests/kernels/reference_run.h"

namespace tilewright::kernels::tests {
namespace {

using Floats = std::vector<float>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kNaN = std::nanf("");

float activated_by(ActivationKind kind, float x, float alpha = 0, float beta = 0) {
  return run(elementwise_kernels(), "activate_reference", Activate{{kind, alpha, beta}},
             {values<float>({}, {x})}, DType::Float32, {})
      .as<float>()[0];
}

float unary_of(UnaryKind kind, float x) {
  return run(elementwise_kernels(), "unary_reference", Unary{kind}, {values<float>({1}, {x})},
             DType::Float32, {1})
      .as<float>()[0];
}

template <typename T>
std::vector<T> binary_of(const Binary& op, const Values& a, const Values& b, Shape shape) {
  const Values result =
      run(elementwise_kernels(), "binary_reference", op, {a, b}, kDTypeOf<T>, shape);
  return result.as<T>();
}

TEST_CASE("activations follow their formulas") {
  CHECK(activated_by(ActivationKind::Relu, -2) == 0);
  CHECK(activated_by(ActivationKind::Relu6, 7) == 6);
  CHECK(activated_by(ActivationKind::Clamp, -3, -1, 1) == -1);
  CHECK(activated_by(ActivationKind::LeakyRelu, -2, 0.5F) == -1);
  CHECK(activated_by(ActivationKind::Sigmoid, 0) == 0.5F);
  CHECK(activated_by(ActivationKind::Tanh, 1) == Catch::Approx(0.7615942));
  CHECK(activated_by(ActivationKind::HardSigmoid, 1, 0.2F, 0.5F) == Catch::Approx(0.7));
  CHECK(activated_by(ActivationKind::HardSwish, 1) == Catch::Approx(2.0 / 3));
  CHECK(activated_by(ActivationKind::Silu, 1) == Catch::Approx(0.7310586));
  CHECK(activated_by(ActivationKind::Elu, 2, 0.5F) == 2);
  CHECK(activated_by(ActivationKind::Elu, -1, 0.5F) == Catch::Approx(-0.3160603));
  CHECK(activated_by(ActivationKind::Gelu, 1) == Catch::Approx(0.8413447));
  CHECK(activated_by(ActivationKind::Gelu, -1) == Catch::Approx(-0.1586553));
  CHECK(activated_by(ActivationKind::GeluTanh, 1) == Catch::Approx(0.8411920));
}

TEST_CASE("every activation keeps NaN") {
  for (int kind = 0; kind <= static_cast<int>(ActivationKind::GeluTanh); ++kind) {
    CAPTURE(kind);
    CHECK(std::isnan(activated_by(static_cast<ActivationKind>(kind), kNaN, 0.1F, 0.5F)));
  }
}

TEST_CASE("activations of infinities are their limits where the formula has one") {
  CHECK(activated_by(ActivationKind::Sigmoid, -kInfinity) == 0);
  CHECK(activated_by(ActivationKind::Sigmoid, kInfinity) == 1);
  CHECK(activated_by(ActivationKind::Tanh, -kInfinity) == -1);
  CHECK(activated_by(ActivationKind::Silu, kInfinity) == kInfinity);
  CHECK(std::isnan(activated_by(ActivationKind::Silu, -kInfinity)));
  CHECK(std::isnan(activated_by(ActivationKind::HardSwish, -kInfinity)));
  CHECK(activated_by(ActivationKind::Elu, -kInfinity, 0.5F) == -0.5F);
  CHECK(activated_by(ActivationKind::Gelu, kInfinity) == kInfinity);
  CHECK(std::isnan(activated_by(ActivationKind::Gelu, -kInfinity)));
  CHECK(std::isnan(activated_by(ActivationKind::GeluTanh, -kInfinity)));
}

TEST_CASE("unary ops are those of the standard library, rounding ties to even") {
  CHECK(unary_of(UnaryKind::Round, 2.5F) == 2);
  CHECK(unary_of(UnaryKind::Round, -3.5F) == -4);
  CHECK(unary_of(UnaryKind::Rsqrt, 4) == 0.5F);
  CHECK(unary_of(UnaryKind::Square, -3) == 9);
  CHECK(unary_of(UnaryKind::Erf, 1) == Catch::Approx(0.8427008));
  CHECK(unary_of(UnaryKind::Log, 0) == -kInfinity);
  CHECK(unary_of(UnaryKind::Exp, -kInfinity) == 0);
  CHECK(std::isnan(unary_of(UnaryKind::Sqrt, -1)));
}

TEST_CASE("binary ops broadcast as NumPy does") {
  const Values column = values<float>({2, 1}, {10, 20});
  const Values row = values<float>({3}, {1, 2, 3});
  CHECK(binary_of<float>({BinaryKind::Add, {}}, column, row, {2, 3}) ==
        Floats{11, 12, 13, 21, 22, 23});
  CHECK(binary_of<float>({BinaryKind::Sub, {}}, row, column, {2, 3}) ==
        Floats{-9, -8, -7, -19, -18, -17});
}

TEST_CASE("the activation of a binary op comes last") {
  const Values a = values<float>({2}, {1, 5});
  const Values b = values<float>({2}, {3, 2});
  CHECK(binary_of<float>({BinaryKind::Sub, {ActivationKind::Relu}}, a, b, {2}) == Floats{0, 3});
  CHECK(binary_of<float>({BinaryKind::SquaredDifference, {}}, a, b, {2}) == Floats{4, 9});
  CHECK(binary_of<float>({BinaryKind::Pow, {}}, a, b, {2}) == Floats{1, 25});
}

TEST_CASE("a maximum or minimum with NaN on either side is NaN") {
  const Values a = values<float>({3}, {kNaN, 1, 2});
  const Values b = values<float>({3}, {1, kNaN, 3});
  for (const BinaryKind kind : {BinaryKind::Max, BinaryKind::Min}) {
    const Floats y = binary_of<float>({kind, {}}, a, b, {3});
    CHECK(std::isnan(y[0]));
    CHECK(std::isnan(y[1]));
    CHECK(y[2] == (kind == BinaryKind::Max ? 3 : 2));
  }
}

TEST_CASE("integers wrap, divide towards zero, and give 0 for division by 0") {
  const std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  const Values a = values<std::int64_t>({4}, {-7, 7, 5, lowest});
  const Values b = values<std::int64_t>({4}, {2, -2, 0, -1});
  CHECK(binary_of<std::int64_t>({BinaryKind::Div, {}}, a, b, {4}) ==
        std::vector<std::int64_t>{-3, -3, 0, lowest});
  CHECK(binary_of<std::int64_t>({BinaryKind::Add, {}}, a, b, {4})[3] ==
        std::numeric_limits<std::int64_t>::max());
  const Values c = values<std::int32_t>({2}, {3, -4});
  CHECK(binary_of<std::int32_t>({BinaryKind::Mul, {}}, c, c, {2}) ==
        std::vector<std::int32_t>{9, 16});
}

TEST_CASE("only elementwise ops may be computed over their input") {
  CHECK(may_run_in_place(Activate{}, 0));
  CHECK(may_run_in_place(Unary{}, 0));
  CHECK(may_run_in_place(Binary{}, 1));
  CHECK_FALSE(may_run_in_place(Softmax{}, 0));
  CHECK_FALSE(may_run_in_place(Transpose{}, 0));
}

}  // namespace
}  // namespace tilewright::kernels::tests
