// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "lib/import/onnx_layout.h"
#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

/// One number a channel out of operand `i`.
Result<std::vector<double>> channel_constant(const NodeImport& node, std::size_t i,
                                             std::string_view name, std::int64_t channels) {
  TILEWRIGHT_TRY(const Tensor* tensor, node.constant(i, name));
  if (tensor->shape != Shape{channels}) {
    return node.invalid("input '" + std::string(name) + "': expected shape " +
                        std::to_string(channels) + ", got " + to_string(tensor->shape));
  }
  return reals(*tensor);
}

struct ChannelFactors {
  std::vector<double> scale, shift;
};

/// scale * (x - mean) / sqrt(variance + epsilon) + bias as x * scale + shift, in double.
Result<ChannelFactors> read_factors(const NodeImport& node, std::int64_t channels) {
  TILEWRIGHT_TRY(const float epsilon, node.real("epsilon", 1e-5F));
  ChannelFactors factors;
  TILEWRIGHT_TRY(factors.scale, channel_constant(node, 1, "scale", channels));
  TILEWRIGHT_TRY(factors.shift, channel_constant(node, 2, "B", channels));
  TILEWRIGHT_TRY(const std::vector<double> mean, channel_constant(node, 3, "mean", channels));
  TILEWRIGHT_TRY(const std::vector<double> variance, channel_constant(node, 4, "var", channels));
  for (std::size_t i = 0; i < mean.size(); ++i) {
    factors.scale[i] /= std::sqrt(variance[i] + static_cast<double>(epsilon));
    factors.shift[i] -= mean[i] * factors.scale[i];
  }
  return factors;
}

}  // namespace

Result<Outputs> import_batch_norm(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(const bool training, node.flag("training_mode", false));
  TILEWRIGHT_TRY(const bool spatial, node.flag("spatial", true));
  if (x.shape.rank() < 2) {
    return node.invalid("expected channels as dimension 1, got shape " + to_string(x.shape));
  }
  const std::int64_t channels = x.shape[1];
  TILEWRIGHT_TRY(const ChannelFactors factors, read_factors(node, channels));
  if (training) return node.unsupported_attribute("training_mode", "expected 0, got 1");
  if (!spatial) return node.unsupported_attribute("spatial", "expected 1, got 0");
  TILEWRIGHT_RETURN_IF_ERROR(node.reserve(2 * channels * size_bytes(x.dtype)));
  const Operand scale = node.make_constant(from_reals(x.dtype, {channels}, factors.scale), "scale");
  const Operand shift = node.make_constant(from_reals(x.dtype, {channels}, factors.shift), "shift");
  TILEWRIGHT_TRY(const Operand src, to_channels_last(node, x));
  TILEWRIGHT_TRY(const Operand scaled, node.emit(Binary{BinaryKind::Mul}, {src, scale}, "scaled"));
  TILEWRIGHT_TRY(const Operand shifted, node.emit(Binary{BinaryKind::Add}, {scaled, shift}));
  return one(to_channels_first(node, shifted));
}

Result<Outputs> import_lrn(NodeImport& node) {
  const Operand& x = node.input(0);
  TILEWRIGHT_TRY(const std::int64_t size, node.integer("size", 0));
  if (size < 1 || size > std::numeric_limits<std::int32_t>::max()) {
    return node.invalid("attribute 'size': expected at least 1, got " + std::to_string(size));
  }
  if (x.shape.rank() < 2) {
    return node.invalid("expected channels as dimension 1, got shape " + to_string(x.shape));
  }
  LocalResponseNorm op{.size = static_cast<std::int32_t>(size)};
  TILEWRIGHT_TRY(op.alpha, node.real("alpha", 1e-4F));
  TILEWRIGHT_TRY(op.beta, node.real("beta", 0.75F));
  TILEWRIGHT_TRY(op.bias, node.real("bias", 1));
  op.alpha /= static_cast<float>(size);
  return one(emit_channels_last(node, op, x));
}

}  // namespace tilewright::importer::onnx
