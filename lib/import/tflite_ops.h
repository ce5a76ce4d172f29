// SPDX-License-Identifier: Apache-2.0
// One function per operator or family of operators of the .tflite format: reads operands and
// options, and appends the nodes that give its outputs.
//
// Errors of all: InvalidModel (InvalidArgument where the caller chose the shapes), Unsupported.
#pragma once

#include "lib/import/tflite_operator.h"

namespace tilewright::importer::tflite {

// Convolutions and products.
[[nodiscard]] Status import_convolution(OperatorReader& op);
[[nodiscard]] Status import_transpose_conv(OperatorReader& op);
[[nodiscard]] Status import_fully_connected(OperatorReader& op);
[[nodiscard]] Status import_batch_matmul(OperatorReader& op);
/// SPACE_TO_BATCH_ND, a convolution and BATCH_TO_SPACE_ND: one dilated convolution.
[[nodiscard]] Status import_space_to_batch(OperatorReader& op);
[[nodiscard]] Status import_batch_to_space(OperatorReader& op);

// Windows without weights.
[[nodiscard]] Status import_pool(OperatorReader& op);
[[nodiscard]] Status import_resize_bilinear(OperatorReader& op);
[[nodiscard]] Status import_resize_nearest(OperatorReader& op);
[[nodiscard]] Status import_local_response_norm(OperatorReader& op);

// Element by element.
[[nodiscard]] Status import_binary(OperatorReader& op);
[[nodiscard]] Status import_unary(OperatorReader& op);
[[nodiscard]] Status import_activation(OperatorReader& op);
[[nodiscard]] Status import_leaky_relu(OperatorReader& op);
[[nodiscard]] Status import_gelu(OperatorReader& op);
[[nodiscard]] Status import_prelu(OperatorReader& op);
[[nodiscard]] Status import_softmax(OperatorReader& op);
[[nodiscard]] Status import_cast(OperatorReader& op);
[[nodiscard]] Status import_dequantize(OperatorReader& op);
[[nodiscard]] Status import_reduce(OperatorReader& op);

// Shapes.
[[nodiscard]] Status import_reshape(OperatorReader& op);
[[nodiscard]] Status import_squeeze(OperatorReader& op);
[[nodiscard]] Status import_expand_dims(OperatorReader& op);
[[nodiscard]] Status import_shape(OperatorReader& op);
[[nodiscard]] Status import_broadcast_to(OperatorReader& op);

// Elements that move.
[[nodiscard]] Status import_transpose(OperatorReader& op);
[[nodiscard]] Status import_tile(OperatorReader& op);
[[nodiscard]] Status import_depth_to_space(OperatorReader& op);
[[nodiscard]] Status import_space_to_depth(OperatorReader& op);
[[nodiscard]] Status import_concatenation(OperatorReader& op);
[[nodiscard]] Status import_pack(OperatorReader& op);
[[nodiscard]] Status import_unpack(OperatorReader& op);
[[nodiscard]] Status import_pad(OperatorReader& op);
[[nodiscard]] Status import_mirror_pad(OperatorReader& op);
[[nodiscard]] Status import_slice(OperatorReader& op);
[[nodiscard]] Status import_strided_slice(OperatorReader& op);
[[nodiscard]] Status import_split(OperatorReader& op);
[[nodiscard]] Status import_split_v(OperatorReader& op);
[[nodiscard]] Status import_gather(OperatorReader& op);

}  // namespace tilewright::importer::tflite
