// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_quantization.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

#include "lib/import/onnx_check.h"
#include "lib/import/onnx_tensor.h"

namespace tilewright::importer::onnx {
namespace {

using Initializers = std::map<std::string_view, const TensorProto*>;

Error broken(const NodeProto& node, const std::string& what) {
  return {ErrorCode::InvalidModel, "onnx: " + describe(node) + ": " + what};
}

/// The initializer that is input `i` of the node; null if it is none.
const TensorProto* constant_input(const NodeProto& node, std::size_t i,
                                  const Initializers& initializers) {
  if (i >= node.inputs.size()) return nullptr;
  const auto found = initializers.find(node.inputs[i]);
  return found == initializers.end() ? nullptr : found->second;
}

std::int64_t attribute_or(const NodeProto& node, std::string_view name, std::int64_t fallback) {
  const auto found = std::find_if(node.attributes.begin(), node.attributes.end(),
                                  [&](const AttributeProto& item) { return item.name == name; });
  return found == node.attributes.end() ? fallback : found->i;
}

Status check_scales(const NodeProto& node, const TensorProto& scale) {
  if (scale.is_external || !dtype_of(scale.data_type) || scale.dims.size() > kMaxRank) return ok();
  TILEWRIGHT_TRY(const Tensor tensor, read_tensor(scale, "", describe(node)));
  if (is_integer(tensor.dtype)) {
    return broken(node, "input 'scale': expected floats, got " + data_type_name(scale.data_type));
  }
  for (const double value : reals(tensor)) {
    if (value > 0 && std::isfinite(value)) continue;
    return broken(node,
                  "input 'scale': expected finite scales above 0, got " + std::to_string(value));
  }
  return ok();
}

/// One scale, or with a single dimension one per index of `axis` of the constant `x`.
Status check_scale_count(const NodeProto& node, const TensorProto& scale, const TensorProto& x) {
  if (scale.dims.size() != 1 || (scale.dims[0] == 1 && x.dims.empty())) return ok();
  const auto rank = static_cast<std::int64_t>(x.dims.size());
  std::int64_t axis = attribute_or(node, "axis", 1);
  if (scale.dims[0] == 1 && (axis < -rank || axis >= rank)) return ok();
  if (axis < -rank || axis >= rank) {
    return broken(node, "attribute 'axis': expected a dimension of " + std::to_string(rank) +
                            ", got " + std::to_string(axis));
  }
  if (axis < 0) axis += rank;
  const std::int64_t extent = x.dims[static_cast<std::size_t>(axis)];
  if (scale.dims[0] == 1 || scale.dims[0] == extent) return ok();
  return broken(node, "input 'scale': expected 1 or " + std::to_string(extent) + " scales, got " +
                          std::to_string(scale.dims[0]));
}

Status check_node(const NodeProto& node, const Initializers& initializers) {
  const TensorProto* x = constant_input(node, 0, initializers);
  const TensorProto* scale = constant_input(node, 1, initializers);
  const TensorProto* zero_point = constant_input(node, 2, initializers);
  if (scale == nullptr) return ok();
  TILEWRIGHT_RETURN_IF_ERROR(check_scales(node, *scale));
  if (zero_point != nullptr && zero_point->dims != scale->dims) {
    return broken(node, "input 'zero_point': expected the shape of 'scale', got another");
  }
  const bool blocked = attribute_or(node, "block_size", 0) != 0;
  if (x == nullptr || blocked) return ok();
  return check_scale_count(node, *scale, *x);
}

}  // namespace

Status check_quantization(const GraphProto& graph) {
  Initializers initializers;
  for (const TensorProto& tensor : graph.initializers)
    initializers.emplace(tensor.name, &tensor);
  for (const NodeProto& node : graph.nodes) {
    if (!is_onnx_domain(node.domain)) continue;
    if (node.op_type != "QuantizeLinear" && node.op_type != "DequantizeLinear") continue;
    TILEWRIGHT_RETURN_IF_ERROR(check_node(node, initializers));
  }
  return ok();
}

}  // namespace tilewright::importer::onnx
