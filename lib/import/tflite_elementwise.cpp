// SPDX-License-Identifier: Apache-2.0
// Operators that work element by element: unary, binary, activations, softmax, casts.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string>

#include "lib/import/tflite_folding.h"
#include "lib/import/tflite_ops.h"
#include "lib/import/tflite_window.h"

namespace tilewright::importer::tflite {
namespace {

template <typename Kind>
struct Mapping {
  schema::BuiltinOperator op;
  Kind kind;
};

using enum schema::BuiltinOperator;

constexpr std::array<Mapping<UnaryKind>, 12> kUnary = {{{ABS, UnaryKind::Abs},
                                                        {CEIL, UnaryKind::Ceil},
                                                        {COS, UnaryKind::Cos},
                                                        {EXP, UnaryKind::Exp},
                                                        {FLOOR, UnaryKind::Floor},
                                                        {LOG, UnaryKind::Log},
                                                        {NEG, UnaryKind::Neg},
                                                        {ROUND, UnaryKind::Round},
                                                        {RSQRT, UnaryKind::Rsqrt},
                                                        {SIN, UnaryKind::Sin},
                                                        {SQRT, UnaryKind::Sqrt},
                                                        {SQUARE, UnaryKind::Square}}};

constexpr std::array<Mapping<BinaryKind>, 8> kBinary = {
    {{ADD, BinaryKind::Add},
     {DIV, BinaryKind::Div},
     {MAXIMUM, BinaryKind::Max},
     {MINIMUM, BinaryKind::Min},
     {MUL, BinaryKind::Mul},
     {POW, BinaryKind::Pow},
     {SQUARED_DIFFERENCE, BinaryKind::SquaredDifference},
     {SUB, BinaryKind::Sub}}};

constexpr std::array<Mapping<Activation>, 8> kActivations = {
    {{ELU, {.kind = ActivationKind::Elu, .alpha = 1}},
     {HARD_SWISH, {.kind = ActivationKind::HardSwish}},
     {LOGISTIC, {.kind = ActivationKind::Sigmoid}},
     {RELU, {.kind = ActivationKind::Relu}},
     {RELU6, {.kind = ActivationKind::Relu6}},
     {RELU_0_TO_1, {.kind = ActivationKind::Clamp, .alpha = 0, .beta = 1}},
     {RELU_N1_TO_1, {.kind = ActivationKind::Clamp, .alpha = -1, .beta = 1}},
     {TANH, {.kind = ActivationKind::Tanh}}}};

template <typename Kind, std::size_t size>
const Kind& kind_of(const OperatorReader& op, const std::array<Mapping<Kind>, size>& mappings) {
  const auto found = std::find_if(mappings.begin(), mappings.end(),
                                  [&](const auto& mapping) { return mapping.op == op.kind(); });
  TILEWRIGHT_CHECK(found != mappings.end());  // the operator table names the function for these
  return found->kind;
}

template <typename Options>
Result<Activation> fused_activation(const OperatorReader& op) {
  if (!op.has_options()) return Activation{};
  TILEWRIGHT_TRY(const Options* options, op.options<Options>());
  return read_activation(op, options->fused_activation_function());
}

Result<Activation> activation_of_binary(const OperatorReader& op) {
  const schema::BuiltinOperator kind = op.kind();
  if (kind == ADD) return fused_activation<schema::AddOptions>(op);
  if (kind == SUB) return fused_activation<schema::SubOptions>(op);
  if (kind == MUL) return fused_activation<schema::MulOptions>(op);
  if (kind == DIV) return fused_activation<schema::DivOptions>(op);
  return Activation{};
}

}  // namespace

Status import_unary(OperatorReader& op) {
  return op.finish(Unary{kind_of(op, kUnary)}, {op.input(0)});
}

Status import_binary(OperatorReader& op) {
  TILEWRIGHT_TRY(const Activation activation, activation_of_binary(op));
  return op.finish(Binary{.kind = kind_of(op, kBinary), .activation = activation},
                   {op.input(0), op.input(1)});
}

Status import_activation(OperatorReader& op) {
  return op.finish(Activate{kind_of(op, kActivations)}, {op.input(0)});
}

Status import_leaky_relu(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::LeakyReluOptions>());
  if (!std::isfinite(options->alpha())) {
    return op.invalid("alpha: expected a finite number, got " + std::to_string(options->alpha()));
  }
  return op.finish(Activate{{.kind = ActivationKind::LeakyRelu, .alpha = options->alpha()}},
                   {op.input(0)});
}

Status import_gelu(OperatorReader& op) {
  bool approximate = false;
  if (op.has_options()) {
    TILEWRIGHT_TRY(const auto* options, op.options<schema::GeluOptions>());
    approximate = options->approximate();
  }
  const ActivationKind kind = approximate ? ActivationKind::GeluTanh : ActivationKind::Gelu;
  return op.finish(Activate{{.kind = kind}}, {op.input(0)});
}

/// max(x, 0) + alpha * min(x, 0), with an alpha that broadcasts; of one number it is a leaky relu.
Status import_prelu(OperatorReader& op) {
  const ValueId x = op.input(0);
  const ValueId alpha = op.input(1);
  const std::optional<Tensor> known = known_tensor(op.state().builder.graph(), alpha);
  if (known && known->dtype == DType::Float32 && known->shape.elements() == 1) {
    const auto slope = static_cast<float>(reals(*known)[0]);
    return op.finish(Activate{{.kind = ActivationKind::LeakyRelu, .alpha = slope}}, {x});
  }
  if (op.spec(x).dtype != DType::Float32) {
    return op.unsupported("expected float32, got " + std::string(to_string(op.spec(x).dtype)));
  }
  const float number = 0;
  const ValueId zero =
      op.state().builder.constant(op.output(0).spec.name + "/zero", {}, std::span(&number, 1));
  TILEWRIGHT_TRY(const ValueId above,
                 op.step("above", Activate{{.kind = ActivationKind::Relu}}, {x}));
  TILEWRIGHT_TRY(const ValueId below, op.step("below", Binary{.kind = BinaryKind::Min}, {x, zero}));
  TILEWRIGHT_TRY(const ValueId product,
                 op.step("slope", Binary{.kind = BinaryKind::Mul}, {below, alpha}));
  return op.finish(Binary{}, {above, product});
}

Status import_softmax(OperatorReader& op) {
  TILEWRIGHT_TRY(const auto* options, op.options<schema::SoftmaxOptions>());
  if (!std::isfinite(options->beta())) {
    return op.invalid("beta: expected a finite number, got " + std::to_string(options->beta()));
  }
  const ValueId x = op.input(0);
  return op.finish(Softmax{.axis = op.shape(x).rank() - 1, .beta = options->beta()}, {x});
}

/// The type is that of the output tensor: old files leave the options out.
Status import_cast(OperatorReader& op) {
  const StoredTensor& output = op.output(0);
  if (!output.unsupported.empty()) return op.unsupported("a cast to " + output.unsupported);
  return op.finish(Cast{output.spec.dtype}, {op.input(0)});
}

}  // namespace tilewright::importer::tflite
