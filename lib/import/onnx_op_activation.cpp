// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

Result<Outputs> activate(NodeImport& node, const Activation& activation) {
  return one(node.emit(Activate{activation}, {node.input(0)}));
}

/// Bounds of Clip: operands in newer operator sets, attributes in older ones.
struct Bounds {
  std::optional<Operand> min, max;
};

Result<std::optional<Operand>> read_bound(NodeImport& node, std::string_view name, std::size_t i) {
  if (node.has_input(i)) {
    if (node.input(i).shape.elements() == 1) return std::optional(node.input(i));
    return node.invalid("input '" + std::string(name) + "': expected a scalar, got shape " +
                        to_string(node.input(i).shape));
  }
  if (node.attribute(name) == nullptr) return std::optional<Operand>();
  TILEWRIGHT_TRY(const float value, node.real(name, 0));
  return std::optional(node.make_scalar(node.input(0).dtype, value, name));
}

/// The bound as a number; `fallback` if there is none, empty if it is computed at run time.
std::optional<float> number_of(NodeImport& node, const std::optional<Operand>& bound,
                               float fallback) {
  if (!bound) return fallback;
  const Tensor* tensor = node.lowering().tensor(*bound);
  if (tensor == nullptr) return std::nullopt;
  return static_cast<float>(reals(*tensor)[0]);
}

Activation clamp_between(float min, float max) {
  if (min == 0 && std::isinf(max)) return {.kind = ActivationKind::Relu};
  if (min == 0 && max == 6) return {.kind = ActivationKind::Relu6};
  return {.kind = ActivationKind::Clamp, .alpha = min, .beta = max};
}

/// min(max(x, low), high) of two ops, where the bounds are not numbers or x not floats.
Result<Outputs> clip_by_ops(NodeImport& node, const Bounds& bounds) {
  Operand result = node.input(0);
  if (bounds.min) {
    const std::string part = bounds.max ? "min" : "";
    TILEWRIGHT_TRY(result, node.emit(Binary{BinaryKind::Max}, {result, *bounds.min}, part));
  }
  if (bounds.max) {
    TILEWRIGHT_TRY(result, node.emit(Binary{BinaryKind::Min}, {result, *bounds.max}));
  }
  return one(result);
}

/// Softmax over all dimensions from `axis` on at once, as operator sets before 13 define it.
Result<Outputs> flat_softmax(NodeImport& node, int axis) {
  const Operand& x = node.input(0);
  std::int64_t rows = 1;
  for (int i = 0; i < axis; ++i)
    rows *= x.shape[i];
  const std::int64_t columns = rows == 0 ? 0 : x.shape.elements() / rows;
  TILEWRIGHT_TRY(const Operand flat, node.emit(Reshape{{rows, columns}}, {x}, "flat"));
  TILEWRIGHT_TRY(const Operand result, node.emit(Softmax{.axis = 1}, {flat}));
  return one(node.emit(Reshape{x.shape}, {result}, "shape"));
}

}  // namespace

Result<Outputs> import_activation(NodeImport& node, ActivationKind kind) {
  return activate(node, {.kind = kind});
}

Result<Outputs> import_leaky_relu(NodeImport& node) {
  TILEWRIGHT_TRY(const float alpha, node.real("alpha", 0.01F));
  return activate(node, {.kind = ActivationKind::LeakyRelu, .alpha = alpha});
}

Result<Outputs> import_hard_sigmoid(NodeImport& node) {
  TILEWRIGHT_TRY(const float alpha, node.real("alpha", 0.2F));
  TILEWRIGHT_TRY(const float beta, node.real("beta", 0.5F));
  return activate(node, {.kind = ActivationKind::HardSigmoid, .alpha = alpha, .beta = beta});
}

Result<Outputs> import_clip(NodeImport& node) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Bounds bounds;
  TILEWRIGHT_TRY(bounds.min, read_bound(node, "min", 1));
  TILEWRIGHT_TRY(bounds.max, read_bound(node, "max", 2));
  if (!bounds.min && !bounds.max) return one(node.input(0));
  const std::optional<float> min = number_of(node, bounds.min, -kInfinity);
  const std::optional<float> max = number_of(node, bounds.max, kInfinity);
  if (!min || !max || is_integer(node.input(0).dtype)) return clip_by_ops(node, bounds);
  // The largest float is how older exporters write "no bound".
  const float top = *max == std::numeric_limits<float>::max() ? kInfinity : *max;
  return activate(node, clamp_between(*min, top));
}

Result<Outputs> import_prelu(NodeImport& node) {
  const Operand& x = node.input(0);
  const Operand& slope = node.input(1);
  const Tensor* tensor = node.lowering().tensor(slope);
  if (tensor != nullptr && tensor->shape.elements() == 1) {
    const auto alpha = static_cast<float>(reals(*tensor)[0]);
    return activate(node, {.kind = ActivationKind::LeakyRelu, .alpha = alpha});
  }
  // max(x, 0) + slope * min(x, 0)
  const Operand zero = node.make_scalar(x.dtype, 0, "zero");
  TILEWRIGHT_TRY(const Operand above,
                 node.emit(Activate{{.kind = ActivationKind::Relu}}, {x}, "above"));
  TILEWRIGHT_TRY(const Operand below, node.emit(Binary{BinaryKind::Min}, {x, zero}, "below"));
  TILEWRIGHT_TRY(const Operand product,
                 node.emit(Binary{BinaryKind::Mul}, {below, slope}, "slope"));
  return one(node.emit(Binary{BinaryKind::Add}, {above, product}));
}

Result<Outputs> import_softmax(NodeImport& node) {
  const Shape& shape = node.input(0).shape;
  const bool flat = node.opset() < 13;
  TILEWRIGHT_TRY(const int axis, node.axis("axis", flat ? 1 : -1, shape.rank()));
  std::int64_t inner = 1;
  for (int i = axis + 1; i < shape.rank(); ++i)
    inner *= shape[i];
  if (flat && inner != 1) return flat_softmax(node, axis);
  return one(node.emit(Softmax{.axis = axis}, {node.input(0)}));
}

}  // namespace tilewright::importer::onnx
