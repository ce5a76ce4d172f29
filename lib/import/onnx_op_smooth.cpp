// SPDX-License-Identifier: Apache-2.0
// Activations made of exponentials and error functions.
#include <utility>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

Result<Operand> elu_of(NodeImport& node, const Operand& x, float alpha, std::string_view part) {
  return node.emit(Activate{{.kind = ActivationKind::Elu, .alpha = alpha}}, {x}, part);
}

Result<Operand> times(NodeImport& node, const Operand& x, double number, std::string_view part,
                      std::string_view number_part) {
  const Operand factor = node.make_scalar(x.dtype, number, number_part);
  return node.emit(Binary{.kind = BinaryKind::Mul}, {x, factor}, part);
}

/// ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(-|x|)), whose exponential does not overflow.
Result<Operand> softplus_of(NodeImport& node, const Operand& x, std::string_view part) {
  const Operand one_number = node.make_scalar(x.dtype, 1, "one");
  TILEWRIGHT_TRY(const Operand size, node.emit(Unary{UnaryKind::Abs}, {x}, "abs"));
  TILEWRIGHT_TRY(const Operand negative, node.emit(Unary{UnaryKind::Neg}, {size}, "neg"));
  TILEWRIGHT_TRY(const Operand power, node.emit(Unary{UnaryKind::Exp}, {negative}, "exp"));
  TILEWRIGHT_TRY(const Operand sum, node.emit(Binary{}, {power, one_number}, "sum"));
  TILEWRIGHT_TRY(const Operand logarithm, node.emit(Unary{UnaryKind::Log}, {sum}, "log"));
  TILEWRIGHT_TRY(const Operand above,
                 node.emit(Activate{{.kind = ActivationKind::Relu}}, {x}, "above"));
  return node.emit(Binary{}, {above, logarithm}, part);
}

}  // namespace

Result<Outputs> import_elu(NodeImport& node) {
  TILEWRIGHT_TRY(const float alpha, node.real("alpha", 1));
  return one(elu_of(node, node.input(0), alpha, ""));
}

/// gamma * elu(x).
Result<Outputs> import_selu(NodeImport& node) {
  TILEWRIGHT_TRY(const float alpha, node.real("alpha", 1.67326319217681884765625F));
  TILEWRIGHT_TRY(const float gamma, node.real("gamma", 1.05070102214813232421875F));
  TILEWRIGHT_TRY(const Operand elu, elu_of(node, node.input(0), alpha, "elu"));
  return one(times(node, elu, gamma, "", "gamma"));
}

/// alpha * elu(x / alpha), which is x above 0.
Result<Outputs> import_celu(NodeImport& node) {
  TILEWRIGHT_TRY(const float alpha, node.real("alpha", 1));
  if (alpha == 0) return node.invalid("attribute 'alpha': expected a number other than 0, got 0");
  TILEWRIGHT_TRY(const Operand inner,
                 times(node, node.input(0), 1 / static_cast<double>(alpha), "inner", "inverse"));
  TILEWRIGHT_TRY(const Operand elu, elu_of(node, inner, 1, "elu"));
  return one(times(node, elu, alpha, "", "alpha"));
}

Result<Outputs> import_gelu(NodeImport& node) {
  TILEWRIGHT_TRY(const std::string approximate, node.text("approximate", "none"));
  if (approximate != "none" && approximate != "tanh") {
    return node.invalid("attribute 'approximate': expected none or tanh, got '" + approximate +
                        "'");
  }
  const ActivationKind kind =
      approximate == "none" ? ActivationKind::Gelu : ActivationKind::GeluTanh;
  return one(node.emit(Activate{{.kind = kind}}, {node.input(0)}));
}

Result<Outputs> import_softplus(NodeImport& node) {
  return one(softplus_of(node, node.input(0), ""));
}

/// x * tanh(softplus(x)).
Result<Outputs> import_mish(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(const Operand softplus, softplus_of(node, x, "softplus"));
  TILEWRIGHT_TRY(const Operand gate,
                 node.emit(Activate{{.kind = ActivationKind::Tanh}}, {softplus}, "tanh"));
  return one(node.emit(Binary{.kind = BinaryKind::Mul}, {x, gate}));
}

/// x / (1 + |x|).
Result<Outputs> import_softsign(NodeImport& node) {
  const Operand& x = node.input(0);
  const Operand one_number = node.make_scalar(x.dtype, 1, "one");
  TILEWRIGHT_TRY(const Operand size, node.emit(Unary{UnaryKind::Abs}, {x}, "abs"));
  TILEWRIGHT_TRY(const Operand sum, node.emit(Binary{}, {size, one_number}, "sum"));
  return one(node.emit(Binary{.kind = BinaryKind::Div}, {x, sum}));
}

}  // namespace tilewright::importer::onnx
