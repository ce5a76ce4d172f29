// SPDX-License-Identifier: Apache-2.0
// Conditions, as exporters write them into shape arithmetic. They are computed at import or not
// supported.
#include <utility>
#include <vector>

#include "kernels/op_rules.h"
#include "lib/import/fold_known.h"
#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

/// The shape that all operands broadcast to. The rule is that of Binary.
Result<Shape> broadcast_shape(const NodeImport& node) {
  Shape shape;
  for (const Operand& operand : node.all_inputs()) {
    const TensorSpec specs[] = {{.shape = shape}, {.shape = operand.shape}};
    const Result<TensorSpec> spec = kernels::infer_output(Binary{}, specs);
    if (!spec) return node.invalid(spec.error().message);
    shape = spec->shape;
  }
  return shape;
}

Tensor broadcast(const Tensor& tensor, const Shape& shape) {
  return strided_copy(tensor, shape, 0, broadcast_strides(tensor.shape, shape));
}

template <typename Number>
std::vector<std::int64_t> compare(Comparison comparison, const std::vector<Number>& a,
                                  const std::vector<Number>& b) {
  std::vector<std::int64_t> results;
  for (std::size_t i = 0; i < a.size(); ++i) {
    switch (comparison) {
      case Comparison::Equal:
        results.push_back(a[i] == b[i]);
        break;
      case Comparison::Less:
        results.push_back(a[i] < b[i]);
        break;
      case Comparison::LessOrEqual:
        results.push_back(a[i] <= b[i]);
        break;
      case Comparison::GreaterOrEqual:
        results.push_back(a[i] >= b[i]);
        break;
      case Comparison::Greater:
        results.push_back(a[i] > b[i]);
        break;
    }
  }
  return results;
}

}  // namespace

Result<Outputs> import_comparison(NodeImport& node, Comparison comparison) {
  TILEWRIGHT_TRY(const Shape shape, broadcast_shape(node));
  TILEWRIGHT_TRY(const Tensor* a, node.constant(0, "A"));
  TILEWRIGHT_TRY(const Tensor* b, node.constant(1, "B"));
  TILEWRIGHT_RETURN_IF_ERROR(node.reserve(shape.elements() * size_bytes(DType::Int64)));
  const Tensor left = broadcast(*a, shape);
  const Tensor right = broadcast(*b, shape);
  const bool exact = is_integer(a->dtype) && is_integer(b->dtype);
  const std::vector<std::int64_t> results =
      exact ? compare(comparison, integers(left), integers(right))
            : compare(comparison, reals(left), reals(right));
  return one(node.make_constant(from_integers(DType::Bool, shape, results), ""));
}

Result<Outputs> import_where(NodeImport& node) {
  TILEWRIGHT_TRY(const Shape shape, broadcast_shape(node));
  TILEWRIGHT_TRY(const Tensor* condition, node.constant(0, "condition"));
  TILEWRIGHT_TRY(const Tensor* x, node.constant(1, "X"));
  TILEWRIGHT_TRY(const Tensor* y, node.constant(2, "Y"));
  if (x->dtype != y->dtype || condition->dtype != DType::Bool) {
    return node.invalid(std::string("expected bool and two of one type, got ") +
                        to_string(condition->dtype) + ", " + to_string(x->dtype) + " and " +
                        to_string(y->dtype));
  }
  TILEWRIGHT_RETURN_IF_ERROR(node.reserve(shape.elements() * size_bytes(x->dtype)));
  const std::vector<std::int64_t> picks = integers(broadcast(*condition, shape));
  const Tensor sources[] = {broadcast(*y, shape), broadcast(*x, shape)};
  const auto element_bytes = static_cast<std::size_t>(size_bytes(x->dtype));
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const auto element =
        sources[picks[i] != 0 ? 1 : 0].bytes.subspan(i * element_bytes, element_bytes);
    bytes.insert(bytes.end(), element.begin(), element.end());
  }
  return one(node.make_constant(make_tensor(x->dtype, shape, std::move(bytes)), ""));
}

}  // namespace tilewright::importer::onnx
