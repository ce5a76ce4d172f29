// SPDX-License-Identifier: Apache-2.0
// The strips of every instruction set against the double-precision references, on all values that
// are special to floating point.
#include "kernels/elementwise/elementwise.h"

#include <cmath>
#include <optional>

#include <catch2/catch_test_macros.hpp>

#include "kernels/elementwise/activation_rows.h"
#include "tests/kernels/trial.h"

namespace tilewright::kernels::tests {
namespace {

/// The bounds of docs/numerics.md.
constexpr Tolerance kRounded{0, 1.2e-7};
constexpr Tolerance kElementary{1e-35, 1e-6};
constexpr Tolerance kAbsolute{1e-6, 1e-6};  // where the formula cancels

const Shape kShapes[] = {{3, 5, 7, 19}, {1, 1, 1, 1}, {67}, {5, 1, 3}, {2, 33, 1}, {4, 16}};

Tolerance tolerance_of(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::None:
    case ActivationKind::Relu:
    case ActivationKind::Relu6:
    case ActivationKind::Clamp:
    case ActivationKind::LeakyRelu:
      return kRounded;
    case ActivationKind::Sigmoid:
    case ActivationKind::Tanh:
    case ActivationKind::Silu:
    case ActivationKind::Elu:
      return kElementary;
    case ActivationKind::HardSigmoid:
    case ActivationKind::HardSwish:
    case ActivationKind::Gelu:
    case ActivationKind::GeluTanh:
      return kAbsolute;
  }
  return {};
}

std::vector<Activation> all_activations() {
  std::vector<Activation> activations;
  for (int kind = 0; kind <= static_cast<int>(ActivationKind::GeluTanh); ++kind)
    activations.push_back({static_cast<ActivationKind>(kind), 0.2F, 0.5F});
  return activations;
}

TEST_CASE("activation strips agree with the formulas") {
  for (const Activation& activation : all_activations()) {
    CAPTURE(static_cast<int>(activation.kind));
    for (const Shape& shape : kShapes) {
      const Trial trial{Activate{activation},
                        {special_floats(shape)},
                        {"", DType::Float32, shape, {}},
                        tolerance_of(activation.kind)};
      check_kernels(elementwise_kernels(), "activate_reference", trial);
      check_in_place(elementwise_kernels(), "activate_reference", trial, 0);
    }
  }
}

TEST_CASE("unary strips agree with the standard library") {
  for (int kind = 0; kind <= static_cast<int>(UnaryKind::Erf); ++kind) {
    CAPTURE(kind);
    for (const Shape& shape : kShapes) {
      const Trial trial{Unary{static_cast<UnaryKind>(kind)},
                        {special_floats(shape)},
                        {"", DType::Float32, shape, {}},
                        kElementary};
      check_kernels(elementwise_kernels(), "unary_reference", trial);
      check_in_place(elementwise_kernels(), "unary_reference", trial, 0);
    }
  }
}

TEST_CASE("elementary functions keep their bounds over the whole range of floats") {
  std::vector<float> elements;
  for (int exponent = -126; exponent < 127; ++exponent) {
    for (int i = 0; i < 64; ++i) {
      const float x = std::ldexp(1.0F + static_cast<float>(i) / 64, exponent);
      elements.push_back(x);
      elements.push_back(-x);
    }
  }
  for (float x = -105; x < 105; x += 0.01F)
    elements.push_back(x);
  const Shape shape{static_cast<std::int64_t>(elements.size())};
  const TensorSpec spec{"", DType::Float32, shape, {}};
  const Values x = values<float>(shape, elements);
  for (const UnaryKind kind : {UnaryKind::Exp, UnaryKind::Log, UnaryKind::Erf, UnaryKind::Rsqrt,
                               UnaryKind::Floor, UnaryKind::Ceil, UnaryKind::Round}) {
    CAPTURE(static_cast<int>(kind));
    check_kernels(elementwise_kernels(), "unary_reference", {Unary{kind}, {x}, spec, kElementary});
  }
  for (const ActivationKind kind :
       {ActivationKind::Sigmoid, ActivationKind::Tanh, ActivationKind::Silu, ActivationKind::Elu,
        ActivationKind::Gelu, ActivationKind::GeluTanh}) {
    CAPTURE(static_cast<int>(kind));
    check_kernels(elementwise_kernels(), "activate_reference",
                  {Activate{{kind, 1, 0}}, {x}, spec, tolerance_of(kind)});
  }
}

TEST_CASE("rounding is exact, to even at ties") {
  std::vector<float> elements;
  for (int i = -40; i <= 40; ++i)
    elements.push_back(static_cast<float>(i) / 4);
  for (const float x : {8388607.5F, 4194303.5F, 16777217.0F, 0.49999997F, 1e30F}) {
    elements.push_back(x);
    elements.push_back(-x);
  }
  const Shape shape{static_cast<std::int64_t>(elements.size())};
  for (const UnaryKind kind : {UnaryKind::Floor, UnaryKind::Ceil, UnaryKind::Round}) {
    const Trial trial{
        Unary{kind}, {values<float>(shape, elements)}, {"", DType::Float32, shape, {}}, {0, 1e-30}};
    check_kernels(elementwise_kernels(), "unary_reference", trial);
  }
}

struct Broadcasting {
  Shape a, b, dst;
};

const Broadcasting kBroadcastings[] = {
    {{2, 3, 5, 19}, {2, 3, 5, 19}, {2, 3, 5, 19}},  // the same shape
    {{2, 3, 5, 19}, {19}, {2, 3, 5, 19}},           // a vector of channels
    {{2, 3, 5, 19}, {2, 1, 1, 19}, {2, 3, 5, 19}},  // one per image
    {{2, 3, 5, 19}, {3, 5, 1}, {2, 3, 5, 19}},      // one value per row
    {{2, 3, 5, 19}, {}, {2, 3, 5, 19}},             // a scalar
    {{2, 1, 5, 1}, {3, 1, 19}, {2, 3, 5, 19}},      // both repeat
    {{2, 11, 17, 3}, {3}, {2, 11, 17, 3}},          // few channels for many pixels
    {{2, 1, 1, 7}, {2, 19, 13, 7}, {2, 19, 13, 7}},
    {{3, 1}, {1, 3}, {3, 3}},
    {{7, 1}, {7, 1}, {7, 1}},
    {{1}, {}, {1}},
};

TEST_CASE("binary strips broadcast either operand") {
  constexpr BinaryKind kinds[] = {BinaryKind::Add,
                                  BinaryKind::Sub,
                                  BinaryKind::Mul,
                                  BinaryKind::Div,
                                  BinaryKind::Max,
                                  BinaryKind::Min,
                                  BinaryKind::SquaredDifference};
  for (const BinaryKind kind : kinds) {
    CAPTURE(static_cast<int>(kind));
    for (const auto& [a, b, dst] : kBroadcastings) {
      Trial trial{Binary{kind, {}},
                  {special_floats(a, 1), special_floats(b, 2)},
                  {"", DType::Float32, dst, {}},
                  kRounded};
      check_kernels(elementwise_kernels(), "binary_reference", trial);
      if (a == dst) check_in_place(elementwise_kernels(), "binary_reference", trial, 0);
      std::swap(trial.src[0], trial.src[1]);
      check_kernels(elementwise_kernels(), "binary_reference", trial);
      if (a == dst) check_in_place(elementwise_kernels(), "binary_reference", trial, 1);
    }
  }
}

TEST_CASE("binary strips end with any activation, however long they are") {
  for (const Activation& activation : all_activations()) {
    CAPTURE(static_cast<int>(activation.kind));
    for (const Shape& shape : {Shape{3, 7, 19}, Shape{2, 5003}}) {
      const Trial trial{Binary{BinaryKind::Add, activation},
                        {random_floats(shape, 1), random_floats(shape, 2)},
                        {"", DType::Float32, shape, {}},
                        kAbsolute};
      check_kernels(elementwise_kernels(), "binary_reference", trial);
    }
  }
}

TEST_CASE("both operands of a binary op may be the output") {
  const Trial trial{Binary{BinaryKind::Mul, {}},
                    {random_floats({3, 21}, 1), random_floats({3, 21}, 1)},
                    {"", DType::Float32, {3, 21}, {}},
                    kRounded};
  check_in_place(elementwise_kernels(), "binary_reference", trial, 1);
}

TEST_CASE("a vector and its masked tail give the same bits") {
  const Values wide = random_floats({1, 64}, 3);
  for (const Kernel& kernel : elementwise_kernels()) {
    if (!runs_here(kernel.isa) || !kernel.name.starts_with("activate_f32")) continue;
    INFO(kernel.name);
    const Op op = Activate{{ActivationKind::Tanh}};
    const auto whole =
        run(elementwise_kernels(), kernel.name, op, {wide}, DType::Float32, {1, 64}).as<float>();
    const std::vector<float> x = wide.as<float>();
    for (std::size_t i = 0; i < 64; ++i) {
      const auto one = run(elementwise_kernels(), kernel.name, op, {values<float>({1}, {x[i]})},
                           DType::Float32, {1})
                           .as<float>();
      CHECK(one[0] == whole[i]);
    }
  }
}

/// The activation by every kernel of this machine that is not excluded gives the same bits.
void check_same_bits(ActivationKind kind, const std::optional<Isa>& excluded) {
  CAPTURE(static_cast<int>(kind));
  const Values x = random_floats({5, 37}, 4);
  std::vector<std::byte> first;
  for (const Kernel& kernel : elementwise_kernels()) {
    if (!runs_here(kernel.isa) || !kernel.name.starts_with("activate_f32")) continue;
    if (kernel.isa == excluded) continue;
    const Op op = Activate{{kind}};
    const Values y = run(elementwise_kernels(), kernel.name, op, {x}, DType::Float32, x.spec.shape);
    if (first.empty()) first = y.bytes;
    CHECK((y.bytes == first));
  }
}

TEST_CASE("all instruction sets give the same bits") {
  for (const ActivationKind kind : {ActivationKind::Elu, ActivationKind::HardSwish})
    check_same_bits(kind, {});
}

TEST_CASE(
    "all instruction sets with fused multiply-adds give the same bits of sigmoid and its like") {
  for (const ActivationKind kind :
       {ActivationKind::Sigmoid, ActivationKind::Silu, ActivationKind::Tanh, ActivationKind::Gelu})
    check_same_bits(kind, Isa::X86Baseline);
}

TEST_CASE("activation rows leave what lies between the rows alone") {
  for (const Isa isa : {Isa::Portable, Isa::X86Baseline, Isa::X86Avx2, Isa::X86Avx512,
                        Isa::X86Avx512Vnni, Isa::Arm64Neon, Isa::Arm64Dotprod}) {
    if (!runs_here(isa)) continue;
    std::vector<float> data(4 * 10, -1);
    apply_activation_rows({ActivationKind::HardSwish}, data.data(), 4, 7, 10, isa);
    for (std::size_t i = 0; i < data.size(); ++i)
      CHECK(std::fabs(data[i] + (i % 10 < 7 ? 1.0F / 3 : 1.0F)) < 1e-6F);
  }
}

TEST_CASE("clamps are told from other activations") {
  float lo = 0;
  float hi = 0;
  CHECK(is_clamp({ActivationKind::None}, lo, hi));
  CHECK(std::isinf(lo));
  CHECK(is_clamp({ActivationKind::Relu6}, lo, hi));
  CHECK(lo == 0);
  CHECK(hi == 6);
  CHECK_FALSE(is_clamp({ActivationKind::LeakyRelu}, lo, hi));
}

}  // namespace
}  // namespace tilewright::kernels::tests
