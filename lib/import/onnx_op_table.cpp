// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_op_table.h"

#include <algorithm>
#include <iterator>

#include "lib/import/onnx_ops.h"

namespace tilewright::importer::onnx {
namespace {

// Sorted by name.
constexpr OpImporter kImporters[] = {
    {"Abs", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Abs); }},
    {"Add", 2, 2, "", [](NodeImport& node) { return import_binary(node, BinaryKind::Add); }},
    {"AveragePool", 1, 1,
     "auto_pad dilations kernel_shape pads strides ceil_mode count_include_pad",
     [](NodeImport& node) { return import_pool(node, PoolKind::Average); }},
    {"BatchNormalization", 5, 5, "epsilon momentum spatial training_mode", import_batch_norm},
    {"Cast", 1, 1, "to saturate", import_cast},
    {"Ceil", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Ceil); }},
    {"Clip", 1, 3, "min max", import_clip},
    {"Concat", 1, kAnyCount, "axis", import_concat},
    {"Constant", 0, 0, "value value_float value_floats value_int value_ints", import_constant},
    {"ConstantOfShape", 1, 1, "value", import_constant_of_shape},
    {"Conv", 2, 3, "auto_pad dilations kernel_shape pads strides group", import_conv},
    {"ConvTranspose", 2, 3,
     "auto_pad dilations kernel_shape pads strides group output_padding output_shape",
     import_conv_transpose},
    {"Cos", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Cos); }},
    {"DepthToSpace", 1, 1, "blocksize mode", import_depth_to_space},
    {"Div", 2, 2, "", [](NodeImport& node) { return import_binary(node, BinaryKind::Div); }},
    {"Dropout", 1, 3, "ratio seed", import_dropout},
    {"Equal", 2, 2, "",
     [](NodeImport& node) { return import_comparison(node, Comparison::Equal); }},
    {"Erf", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Erf); }},
    {"Exp", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Exp); }},
    {"Expand", 2, 2, "", import_expand},
    {"Flatten", 1, 1, "axis", import_flatten},
    {"Floor", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Floor); }},
    {"Gather", 2, 2, "axis", import_gather},
    {"Gemm", 2, 3, "alpha beta transA transB", import_gemm},
    {"GlobalAveragePool", 1, 1, "",
     [](NodeImport& node) { return import_global_pool(node, ReduceKind::Mean); }},
    {"GlobalMaxPool", 1, 1, "",
     [](NodeImport& node) { return import_global_pool(node, ReduceKind::Max); }},
    {"Greater", 2, 2, "",
     [](NodeImport& node) { return import_comparison(node, Comparison::Greater); }},
    {"HardSigmoid", 1, 1, "alpha beta", import_hard_sigmoid},
    {"HardSwish", 1, 1, "",
     [](NodeImport& node) { return import_activation(node, ActivationKind::HardSwish); }},
    {"Identity", 1, 1, "", import_identity},
    {"LRN", 1, 1, "alpha beta bias size", import_lrn},
    {"LeakyRelu", 1, 1, "alpha", import_leaky_relu},
    {"Less", 2, 2, "", [](NodeImport& node) { return import_comparison(node, Comparison::Less); }},
    {"Log", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Log); }},
    {"MatMul", 2, 2, "", import_matmul},
    {"Max", 1, kAnyCount, "", [](NodeImport& node) { return import_chain(node, BinaryKind::Max); }},
    {"MaxPool", 1, 1, "auto_pad dilations kernel_shape pads strides ceil_mode storage_order",
     [](NodeImport& node) { return import_pool(node, PoolKind::Max); }},
    {"Mean", 1, kAnyCount, "", import_mean},
    {"Min", 1, kAnyCount, "", [](NodeImport& node) { return import_chain(node, BinaryKind::Min); }},
    {"Mul", 2, 2, "", [](NodeImport& node) { return import_binary(node, BinaryKind::Mul); }},
    {"Neg", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Neg); }},
    {"PRelu", 2, 2, "", import_prelu},
    {"Pad", 1, 4, "mode pads value", import_pad},
    {"Pow", 2, 2, "", import_pow},
    {"Range", 3, 3, "", import_range},
    {"Reciprocal", 1, 1, "",
     [](NodeImport& node) { return import_unary(node, UnaryKind::Reciprocal); }},
    {"ReduceMax", 1, 2, "axes keepdims noop_with_empty_axes",
     [](NodeImport& node) { return import_reduce(node, ReduceKind::Max); }},
    {"ReduceMean", 1, 2, "axes keepdims noop_with_empty_axes",
     [](NodeImport& node) { return import_reduce(node, ReduceKind::Mean); }},
    {"ReduceMin", 1, 2, "axes keepdims noop_with_empty_axes",
     [](NodeImport& node) { return import_reduce(node, ReduceKind::Min); }},
    {"ReduceProd", 1, 2, "axes keepdims noop_with_empty_axes",
     [](NodeImport& node) { return import_reduce(node, ReduceKind::Prod); }},
    {"ReduceSum", 1, 2, "axes keepdims noop_with_empty_axes",
     [](NodeImport& node) { return import_reduce(node, ReduceKind::Sum); }},
    {"Relu", 1, 1, "",
     [](NodeImport& node) { return import_activation(node, ActivationKind::Relu); }},
    {"Reshape", 2, 2, "allowzero", import_reshape},
    {"Resize", 1, 4,
     "antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside "
     "extrapolation_value keep_aspect_ratio_policy mode nearest_mode",
     import_resize},
    {"Round", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Round); }},
    {"Shape", 1, 1, "start end", import_shape},
    {"Sigmoid", 1, 1, "",
     [](NodeImport& node) { return import_activation(node, ActivationKind::Sigmoid); }},
    {"Sin", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Sin); }},
    {"Size", 1, 1, "", import_size},
    {"Slice", 1, 5, "starts ends axes", import_slice},
    {"Softmax", 1, 1, "axis", import_softmax},
    {"SpaceToDepth", 1, 1, "blocksize", import_space_to_depth},
    {"Split", 1, 2, "axis split num_outputs", import_split},
    {"Sqrt", 1, 1, "", [](NodeImport& node) { return import_unary(node, UnaryKind::Sqrt); }},
    {"Squeeze", 1, 2, "axes", import_squeeze},
    {"Sub", 2, 2, "", [](NodeImport& node) { return import_binary(node, BinaryKind::Sub); }},
    {"Sum", 1, kAnyCount, "", [](NodeImport& node) { return import_chain(node, BinaryKind::Add); }},
    {"Tanh", 1, 1, "",
     [](NodeImport& node) { return import_activation(node, ActivationKind::Tanh); }},
    {"Transpose", 1, 1, "perm", import_transpose},
    {"Unsqueeze", 1, 2, "axes", import_unsqueeze},
    {"Upsample", 1, 2, "mode scales", import_upsample},
    {"Where", 3, 3, "", import_where},
};

}  // namespace

const OpImporter* find_importer(std::string_view op_type) {
  const auto* found = std::lower_bound(std::begin(kImporters), std::end(kImporters), op_type,
                                       [](const OpImporter& importer, std::string_view wanted) {
                                         return importer.op_type < wanted;
                                       });
  return found == std::end(kImporters) || found->op_type != op_type ? nullptr : found;
}

}  // namespace tilewright::importer::onnx
