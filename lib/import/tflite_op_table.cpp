// SPDX-License-Identifier: Apache-2.0
#include "lib/import/tflite_op_table.h"

#include <algorithm>
#include <array>

#include "lib/import/tflite_ops.h"

namespace tilewright::importer::tflite {
namespace {

using enum schema::BuiltinOperator;

constexpr std::array kRules = std::to_array<OperatorRule>({
    {ABS, 1, 1, 1, import_unary},
    {ADD, 2, 2, 1, import_binary},
    {AVERAGE_POOL_2D, 1, 1, 1, import_pool},
    {BATCH_MATMUL, 2, 2, 1, import_batch_matmul},
    {BATCH_TO_SPACE_ND, 3, 3, 1, import_batch_to_space},
    {BROADCAST_TO, 2, 2, 1, import_broadcast_to},
    {CAST, 1, 1, 1, import_cast},
    {CEIL, 1, 1, 1, import_unary},
    {CONCATENATION, 1, kAnyNumber, 1, import_concatenation},
    {CONV_2D, 2, 3, 1, import_convolution},
    {COS, 1, 1, 1, import_unary},
    {DEPTHWISE_CONV_2D, 2, 3, 1, import_convolution},
    {DEPTH_TO_SPACE, 1, 1, 1, import_depth_to_space},
    {DEQUANTIZE, 1, 1, 1, import_dequantize},
    {DIV, 2, 2, 1, import_binary},
    {ELU, 1, 1, 1, import_activation},
    {EXP, 1, 1, 1, import_unary},
    {EXPAND_DIMS, 2, 2, 1, import_expand_dims},
    {FLOOR, 1, 1, 1, import_unary},
    {FULLY_CONNECTED, 2, 3, 1, import_fully_connected},
    {GATHER, 2, 2, 1, import_gather},
    {GELU, 1, 1, 1, import_gelu},
    {HARD_SWISH, 1, 1, 1, import_activation},
    {LEAKY_RELU, 1, 1, 1, import_leaky_relu},
    {LOCAL_RESPONSE_NORMALIZATION, 1, 1, 1, import_local_response_norm},
    {LOG, 1, 1, 1, import_unary},
    {LOGISTIC, 1, 1, 1, import_activation},
    {MAXIMUM, 2, 2, 1, import_binary},
    {MAX_POOL_2D, 1, 1, 1, import_pool},
    {MEAN, 2, 2, 1, import_reduce},
    {MINIMUM, 2, 2, 1, import_binary},
    {MIRROR_PAD, 2, 2, 1, import_mirror_pad},
    {MUL, 2, 2, 1, import_binary},
    {NEG, 1, 1, 1, import_unary},
    {PACK, 1, kAnyNumber, 1, import_pack},
    {PAD, 2, 2, 1, import_pad},
    {PADV2, 3, 3, 1, import_pad},
    {POW, 2, 2, 1, import_binary},
    {PRELU, 2, 2, 1, import_prelu},
    {REDUCE_MAX, 2, 2, 1, import_reduce},
    {REDUCE_MIN, 2, 2, 1, import_reduce},
    {REDUCE_PROD, 2, 2, 1, import_reduce},
    {RELU, 1, 1, 1, import_activation},
    {RELU6, 1, 1, 1, import_activation},
    {RELU_0_TO_1, 1, 1, 1, import_activation},
    {RELU_N1_TO_1, 1, 1, 1, import_activation},
    {RESHAPE, 1, 2, 1, import_reshape},
    {RESIZE_BILINEAR, 2, 2, 1, import_resize_bilinear},
    {RESIZE_NEAREST_NEIGHBOR, 2, 2, 1, import_resize_nearest},
    {ROUND, 1, 1, 1, import_unary},
    {RSQRT, 1, 1, 1, import_unary},
    {SHAPE, 1, 1, 1, import_shape},
    {SIN, 1, 1, 1, import_unary},
    {SLICE, 3, 3, 1, import_slice},
    {SOFTMAX, 1, 1, 1, import_softmax},
    {SPACE_TO_BATCH_ND, 3, 3, 1, import_space_to_batch},
    {SPACE_TO_DEPTH, 1, 1, 1, import_space_to_depth},
    {SPLIT, 2, 2, kAnyNumber, import_split},
    {SPLIT_V, 3, 3, kAnyNumber, import_split_v},
    {SQRT, 1, 1, 1, import_unary},
    {SQUARE, 1, 1, 1, import_unary},
    {SQUARED_DIFFERENCE, 2, 2, 1, import_binary},
    {SQUEEZE, 1, 1, 1, import_squeeze},
    {STRIDED_SLICE, 4, 4, 1, import_strided_slice},
    {SUB, 2, 2, 1, import_binary},
    {SUM, 2, 2, 1, import_reduce},
    {TANH, 1, 1, 1, import_activation},
    {TILE, 2, 2, 1, import_tile},
    {TRANSPOSE, 2, 2, 1, import_transpose},
    {TRANSPOSE_CONV, 3, 4, 1, import_transpose_conv},
    {UNPACK, 1, 1, kAnyNumber, import_unpack},
});

constexpr std::array kUnknownShapes = std::to_array<schema::BuiltinOperator>(
    {CALL, CALL_ONCE, CUSTOM, DELEGATE, HASHTABLE_FIND, IF, NON_MAX_SUPPRESSION_V4,
     NON_MAX_SUPPRESSION_V5, RANGE, READ_VARIABLE, UNIQUE, WHERE, WHILE});

}  // namespace

const OperatorRule* find_rule(schema::BuiltinOperator op) {
  const auto* found = std::find_if(kRules.begin(), kRules.end(),
                                   [&](const OperatorRule& rule) { return rule.op == op; });
  return found == kRules.end() ? nullptr : found;
}

bool has_unknown_shapes(schema::BuiltinOperator op) {
  if (op > schema::BuiltinOperator::MAX) return true;
  return std::find(kUnknownShapes.begin(), kUnknownShapes.end(), op) != kUnknownShapes.end();
}

}  // namespace tilewright::importer::tflite
