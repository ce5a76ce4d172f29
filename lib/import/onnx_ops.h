// SPDX-License-Identifier: Apache-2.0
// How each ONNX operator becomes ops of ours; the table of onnx_op_table.cpp names them. All work
// alike: they check what ONNX claims, add ops in the node's name and return the node's outputs.
#pragma once

#include "tilewright/ops.h"
#include "tilewright/status.h"

#include "lib/import/onnx_node.h"

namespace tilewright::importer::onnx {

// onnx_op_conv.cpp
[[nodiscard]] Result<Outputs> import_conv(NodeImport& node);
[[nodiscard]] Result<Outputs> import_conv_transpose(NodeImport& node);
// onnx_op_pool.cpp
[[nodiscard]] Result<Outputs> import_pool(NodeImport& node, PoolKind kind);
[[nodiscard]] Result<Outputs> import_global_pool(NodeImport& node, ReduceKind kind);
// onnx_op_matmul.cpp
[[nodiscard]] Result<Outputs> import_gemm(NodeImport& node);
[[nodiscard]] Result<Outputs> import_matmul(NodeImport& node);
// onnx_op_elementwise.cpp
[[nodiscard]] Result<Outputs> import_unary(NodeImport& node, UnaryKind kind);
[[nodiscard]] Result<Outputs> import_binary(NodeImport& node, BinaryKind kind);
[[nodiscard]] Result<Outputs> import_chain(NodeImport& node, BinaryKind kind);
[[nodiscard]] Result<Outputs> import_mean(NodeImport& node);
[[nodiscard]] Result<Outputs> import_pow(NodeImport& node);
[[nodiscard]] Result<Outputs> import_cast(NodeImport& node);
// onnx_op_activation.cpp
[[nodiscard]] Result<Outputs> import_activation(NodeImport& node, ActivationKind kind);
[[nodiscard]] Result<Outputs> import_leaky_relu(NodeImport& node);
[[nodiscard]] Result<Outputs> import_hard_sigmoid(NodeImport& node);
[[nodiscard]] Result<Outputs> import_clip(NodeImport& node);
[[nodiscard]] Result<Outputs> import_prelu(NodeImport& node);
[[nodiscard]] Result<Outputs> import_softmax(NodeImport& node);
// onnx_op_smooth.cpp
[[nodiscard]] Result<Outputs> import_elu(NodeImport& node);
[[nodiscard]] Result<Outputs> import_selu(NodeImport& node);
[[nodiscard]] Result<Outputs> import_celu(NodeImport& node);
[[nodiscard]] Result<Outputs> import_gelu(NodeImport& node);
[[nodiscard]] Result<Outputs> import_softplus(NodeImport& node);
[[nodiscard]] Result<Outputs> import_mish(NodeImport& node);
[[nodiscard]] Result<Outputs> import_softsign(NodeImport& node);
// onnx_op_reduce.cpp
[[nodiscard]] Result<Outputs> import_reduce(NodeImport& node, ReduceKind kind);
/// The sum of squares, or its root.
[[nodiscard]] Result<Outputs> import_reduce_squares(NodeImport& node, bool root);
// onnx_op_shape.cpp
[[nodiscard]] Result<Outputs> import_identity(NodeImport& node);
[[nodiscard]] Result<Outputs> import_dropout(NodeImport& node);
[[nodiscard]] Result<Outputs> import_reshape(NodeImport& node);
[[nodiscard]] Result<Outputs> import_flatten(NodeImport& node);
[[nodiscard]] Result<Outputs> import_squeeze(NodeImport& node);
[[nodiscard]] Result<Outputs> import_unsqueeze(NodeImport& node);
[[nodiscard]] Result<Outputs> import_transpose(NodeImport& node);
[[nodiscard]] Result<Outputs> import_expand(NodeImport& node);
// onnx_op_tile.cpp
[[nodiscard]] Result<Outputs> import_tile(NodeImport& node);
// onnx_op_slice.cpp
[[nodiscard]] Result<Outputs> import_slice(NodeImport& node);
[[nodiscard]] Result<Outputs> import_split(NodeImport& node);
// onnx_op_join.cpp
[[nodiscard]] Result<Outputs> import_concat(NodeImport& node);
[[nodiscard]] Result<Outputs> import_gather(NodeImport& node);
[[nodiscard]] Result<Outputs> import_pad(NodeImport& node);
// onnx_op_resize.cpp
[[nodiscard]] Result<Outputs> import_resize(NodeImport& node);
[[nodiscard]] Result<Outputs> import_upsample(NodeImport& node);
[[nodiscard]] Result<Outputs> import_depth_to_space(NodeImport& node);
[[nodiscard]] Result<Outputs> import_space_to_depth(NodeImport& node);
// onnx_op_norm.cpp
[[nodiscard]] Result<Outputs> import_batch_norm(NodeImport& node);
[[nodiscard]] Result<Outputs> import_lrn(NodeImport& node);
// onnx_op_layer_norm.cpp
[[nodiscard]] Result<Outputs> import_layer_norm(NodeImport& node);
[[nodiscard]] Result<Outputs> import_instance_norm(NodeImport& node);
[[nodiscard]] Result<Outputs> import_group_norm(NodeImport& node);
// onnx_op_constant.cpp: values that are known at import
[[nodiscard]] Result<Outputs> import_constant(NodeImport& node);
[[nodiscard]] Result<Outputs> import_constant_of_shape(NodeImport& node);
[[nodiscard]] Result<Outputs> import_shape(NodeImport& node);
[[nodiscard]] Result<Outputs> import_size(NodeImport& node);
[[nodiscard]] Result<Outputs> import_range(NodeImport& node);
// onnx_op_condition.cpp: conditions on values that are known at import
enum class Comparison : std::uint8_t { Equal, Less, LessOrEqual, Greater, GreaterOrEqual };
[[nodiscard]] Result<Outputs> import_comparison(NodeImport& node, Comparison comparison);
[[nodiscard]] Result<Outputs> import_where(NodeImport& node);

}  // namespace tilewright::importer::onnx
