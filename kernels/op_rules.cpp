// SPDX-License-Identifier: Apache-2.0
#include "kernels/op_rules.h"

#include <array>
#include <limits>
#include <string>

#include "kernels/op_inference.h"

namespace tilewright::kernels {
namespace {

/// In the order of the alternatives of `Op`.
constexpr std::array<std::string_view, std::variant_size_v<Op>> kNames = {"conv2d",
                                                                          "depthwise_conv2d",
                                                                          "conv_transpose2d",
                                                                          "fully_connected",
                                                                          "matmul",
                                                                          "pool2d",
                                                                          "activate",
                                                                          "unary",
                                                                          "binary",
                                                                          "reduce",
                                                                          "softmax",
                                                                          "resize2d",
                                                                          "transpose",
                                                                          "reshape",
                                                                          "broadcast",
                                                                          "concat",
                                                                          "slice",
                                                                          "pad",
                                                                          "gather",
                                                                          "depth_to_space",
                                                                          "space_to_depth",
                                                                          "local_response_norm",
                                                                          "cast",
                                                                          "layer_norm"};

std::int64_t saturating_multiply(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  return b > 0 && a > kMost / b ? kMost : a * b;
}

std::int64_t saturating_product(std::span<const std::int64_t> extents) {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents)
    product = saturating_multiply(product, extent);
  return product;
}

}  // namespace

std::string_view op_name(const Op& op) {
  return kNames[op.index()];
}

Result<TensorSpec> infer_output(const Op& op, std::span<const TensorSpec> src) {
  const auto located = [&](const Error& error) {
    return Error{error.code, std::string(op_name(op)) + ": " + error.message};
  };
  for (const TensorSpec& spec : src) {
    if (const Status status = check_shape(spec.shape); !status) return located(status.error());
  }
  Result<TensorSpec> dst =
      std::visit([&](const auto& alternative) { return infer(alternative, src); }, op);
  if (!dst) return located(dst.error());
  return dst;
}

std::int64_t macs(const Op& op, std::span<const TensorSpec> src, const TensorSpec& dst) {
  const std::int64_t outputs = dst.shape.elements();
  if (std::holds_alternative<Conv2d>(op) || std::holds_alternative<FullyConnected>(op)) {
    return saturating_multiply(outputs, saturating_product(src[1].shape.dims().subspan(1)));
  }
  if (std::holds_alternative<DepthwiseConv2d>(op)) {
    return saturating_multiply(outputs, saturating_product(src[1].shape.dims().first(2)));
  }
  if (std::holds_alternative<ConvTranspose2d>(op)) {
    const std::int64_t per_element = saturating_product(src[1].shape.dims().first(3));
    return saturating_multiply(src[0].shape.elements(), per_element);
  }
  if (const auto* matmul = std::get_if<MatMul>(&op)) {
    const Shape& a = src[0].shape;
    return saturating_multiply(outputs, a[a.rank() - (matmul->transpose_a ? 2 : 1)]);
  }
  return 0;
}

}  // namespace tilewright::kernels
