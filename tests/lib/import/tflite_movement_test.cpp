// SPDX-License-Identifier: Apache-2.0
// Operators of .tflite files that reshape, join, cut, pad, resize and reorder.
#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

using enum schema::BuiltinOperator;
using Dims = std::vector<std::int32_t>;

/// One operator that reads x and lists of integers.
struct OneOperator {
  schema::BuiltinOperator kind;
  Dims x, y;
  std::vector<Dims> lists = {};
};

TfliteModel one_operator(const OneOperator& what) {
  TfliteModel model;
  std::vector<std::int32_t> inputs = {model.input("x", what.x)};
  for (const Dims& list : what.lists)
    inputs.push_back(model.integers("list", list));
  const auto y = model.tensor("y", what.y);
  model.op(what.kind, inputs, {y});
  model.output(y);
  return model;
}

template <typename Options>
TfliteModel one_operator(const OneOperator& what, Options options) {
  TfliteModel model = one_operator(what);
  model.graph().operators[0]->builtin_options.Set(std::move(options));
  return model;
}

schema::StridedSliceOptionsT masks(std::int32_t begin, std::int32_t end, std::int32_t shrink) {
  schema::StridedSliceOptionsT options;
  options.begin_mask = begin;
  options.end_mask = end;
  options.shrink_axis_mask = shrink;
  return options;
}

/// x[1, 2, 3, 1] -> RESIZE_NEAREST_NEIGHBOR or RESIZE_BILINEAR -> y[1, 4, 6, 1]
template <typename Options>
std::string resized(schema::BuiltinOperator kind, bool align_corners, bool half_pixel) {
  Options options;
  options.align_corners = align_corners;
  options.half_pixel_centers = half_pixel;
  return one_operator({kind, {1, 2, 3, 1}, {1, 4, 6, 1}, {{4, 6}}}, options).nodes();
}

TfliteModel padded(Dims paddings, Dims out) {
  TfliteModel model = one_operator({PAD, {2, 3}, std::move(out), {std::move(paddings)}});
  model.at(1).shape = {2, 2};
  return model;
}

}  // namespace

TEST_CASE("RESHAPE takes its shape from an operand or an option", "[tflite]") {
  CHECK(one_operator({RESHAPE, {2, 6}, {3, 4}, {{3, -1}}}).nodes() == "reshape(%0) shape=3x4");
  schema::ReshapeOptionsT options;
  options.new_shape = {4, 3};
  CHECK(one_operator({RESHAPE, {2, 6}, {4, 3}}, options).nodes() == "reshape(%0) shape=4x3");
  const std::string prefix = "invalid_model: tflite: operator 0 (RESHAPE): ";
  CHECK(one_operator({RESHAPE, {2, 6}, {3, 4}, {{-1, -1}}}).error() ==
        prefix + "shape: expected at most one -1, got more");
  CHECK(one_operator({RESHAPE, {2, 6}, {3, 4}, {{5, -1}}}).error() ==
        prefix +
            "shape: expected known extents that divide 12 elements, got 5x1 with one left "
            "open");
  CHECK(one_operator({RESHAPE, {2, 6}, {3, 4}, {{3, 5}}}).error() ==
        prefix + "reshape: expected a shape of as many elements as 2x6, got 3x5");
  CHECK(one_operator({RESHAPE, {2, 6}, {3, 4}, {{-3, 4}}}).error() ==
        prefix + "shape: expected extents of at least 0, got -3x4");
  CHECK(one_operator({RESHAPE, {2, 6}, {3, 4}, {{1, 1, 1, 1, 1, 1, 1, 1, 12}}}).error() ==
        prefix + "shape: expected at most 8 dimensions, got 9");
}

TEST_CASE("SQUEEZE and EXPAND_DIMS are reshapes", "[tflite]") {
  schema::SqueezeOptionsT options;
  options.squeeze_dims = {-1};
  CHECK(one_operator({SQUEEZE, {1, 2, 1}, {1, 2}}, options).nodes() == "reshape(%0) shape=1x2");
  CHECK(one_operator({SQUEEZE, {1, 2, 1}, {2}}).nodes() == "reshape(%0) shape=2");
  options.squeeze_dims = {1};
  CHECK(one_operator({SQUEEZE, {1, 2, 1}, {1, 1}}, options).error() ==
        "invalid_model: tflite: operator 0 (SQUEEZE): squeeze_dims: expected dimensions of extent "
        "1, got dimension 1 of 1x2x1");
  CHECK(one_operator({EXPAND_DIMS, {2, 3}, {2, 1, 3}, {{-2}}}).nodes() ==
        "reshape(%0) shape=2x1x3");
  CHECK(
      one_operator({EXPAND_DIMS, {2, 3}, {2, 1, 3}, {{3}}}).error() ==
      "invalid_model: tflite: operator 0 (EXPAND_DIMS): axis: expected from -3 to below 3, got 3");
}

TEST_CASE("BROADCAST_TO repeats to a shape", "[tflite]") {
  CHECK(one_operator({BROADCAST_TO, {3}, {2, 3}, {{2, 3}}}).nodes() == "broadcast(%0) shape=2x3");
  CHECK(one_operator({BROADCAST_TO, {3}, {2, 3}, {{2, -1}}}).error() ==
        "invalid_model: tflite: operator 0 (BROADCAST_TO): shape: expected extents of at least 0, "
        "got -1");
}

TEST_CASE("TRANSPOSE takes every axis once", "[tflite]") {
  CHECK(one_operator({TRANSPOSE, {2, 3, 4}, {4, 2, 3}, {{2, 0, 1}}}).nodes() ==
        "transpose(%0) perm=[2,0,1]");
  CHECK(one_operator({TRANSPOSE, {2, 3}, {3, 2}, {{0, 0}}}).error() ==
        "invalid_model: tflite: operator 0 (TRANSPOSE): transpose: expected each axis once, got 0 "
        "twice");
  CHECK(one_operator({TRANSPOSE, {2, 3}, {3, 2}, {{1}}}).error() ==
        "invalid_model: tflite: operator 0 (TRANSPOSE): perm: expected 2 elements, got 1");
}

TEST_CASE("space and depth are exchanged in blocks", "[tflite]") {
  schema::DepthToSpaceOptionsT to_space;
  to_space.block_size = 2;
  CHECK(one_operator({DEPTH_TO_SPACE, {1, 2, 2, 8}, {1, 4, 4, 2}}, to_space).nodes() ==
        "depth_to_space(%0) block=2 order=block_first");
  schema::SpaceToDepthOptionsT to_depth;
  to_depth.block_size = 3;
  CHECK(one_operator({SPACE_TO_DEPTH, {1, 3, 6, 1}, {1, 1, 2, 9}}, to_depth).nodes() ==
        "space_to_depth(%0) block=3");
  to_depth.block_size = 0;
  CHECK(
      one_operator({SPACE_TO_DEPTH, {1, 3, 6, 1}, {1, 1, 2, 9}}, to_depth).error() ==
      "invalid_model: tflite: operator 0 (SPACE_TO_DEPTH): space_to_depth: expected a block of at "
      "least 1, got 0");
}

TEST_CASE("CONCATENATION joins, and its activation follows", "[tflite]") {
  TfliteModel model;
  const auto a = model.input("a", {2, 3});
  const auto b = model.input("b", {2, 1});
  const auto y = model.tensor("y", {2, 4});
  schema::ConcatenationOptionsT options;
  options.axis = -1;
  schema::OperatorT& op = model.op(CONCATENATION, {a, b}, {y}, options);
  model.output(y);
  CHECK(model.nodes() == "concat(%0, %1) axis=1");
  op.builtin_options.AsConcatenationOptions()->fused_activation_function =
      schema::ActivationFunctionType::RELU;
  CHECK(model.nodes() == "concat(%0, %1) axis=1; activate(%2) activation.kind=relu");
  op.builtin_options.AsConcatenationOptions()->axis = 0;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (CONCATENATION): concat: expected "
        "inputs that differ from 2x3 on axis 0 only, got 2x1");
}

TEST_CASE("PACK and UNPACK are reshapes around a join and cuts", "[tflite]") {
  TfliteModel model;
  const auto a = model.input("a", {2});
  const auto b = model.input("b", {2});
  const auto packed = model.tensor("packed", {2, 2});
  const auto first = model.tensor("first", {2});
  const auto second = model.tensor("second", {2});
  schema::PackOptionsT pack;
  pack.values_count = 2;
  pack.axis = 1;
  model.op(PACK, {a, b}, {packed}, pack);
  schema::UnpackOptionsT unpack;
  unpack.num = 2;
  model.op(UNPACK, {packed}, {first, second}, unpack);
  model.output(second);
  CHECK(model.nodes() ==
        "reshape(%0) shape=2x1; reshape(%1) shape=2x1; concat(%2, %3) axis=1; "
        "slice(%4) size=[1,2] step=[1,1]; reshape(%5) shape=2; "
        "slice(%4) begin=[1,0] size=[1,2] step=[1,1]; reshape(%7) shape=2");
  model.graph().operators[0]->builtin_options.AsPackOptions()->values_count = 3;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (PACK): values_count: expected 2, got 3");
  model.graph().operators[0]->builtin_options.AsPackOptions()->values_count = 2;
  model.graph().operators[1]->builtin_options.AsUnpackOptions()->num = 1;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 1 (UNPACK): num: expected 2, one per "
        "output, got 1");
}

TEST_CASE("GATHER checks indices that are constants", "[tflite]") {
  schema::GatherOptionsT options;
  options.axis = -1;
  CHECK(one_operator({GATHER, {2, 3}, {2, 2}, {{2, 0}}}, options).nodes() ==
        "gather(%0, const 1 int32 2 [2, 0]) axis=1");
  CHECK(one_operator({GATHER, {2, 3}, {2, 2}, {{2, 3}}}, options).error() ==
        "invalid_model: tflite: operator 0 (GATHER): indices: expected from 0 to below 3, got 3");
  Dims many(2000, 1);
  many.back() = -1;
  CHECK(one_operator({GATHER, {2, 3}, {2, 2000}, {many}}, options).error() ==
        "invalid_model: tflite: operator 0 (GATHER): indices: expected from 0 to below 3, got -1");
  options.batch_dims = 1;
  CHECK(one_operator({GATHER, {2, 3}, {2, 2}, {{2, 0}}}, options).error() ==
        "unsupported: tflite: operator 0 (GATHER) 'y': batch_dims: expected 0, got 1");
}

TEST_CASE("SLICE takes a part, -1 is the rest", "[tflite]") {
  CHECK(one_operator({SLICE, {4, 5}, {2, 3}, {{1, 2}, {2, -1}}}).nodes() ==
        "slice(%0) begin=[1,2] size=[2,3] step=[1,1]");
  CHECK(
      one_operator({SLICE, {4, 5}, {2, 3}, {{3, 2}, {2, -1}}}).error() ==
      "invalid_model: tflite: operator 0 (SLICE): expected a part of dimension 0 of extent 4, got "
      "begin 3 and size 2");
}

TEST_CASE("STRIDED_SLICE follows NumPy", "[tflite]") {
  const auto sliced = [](Dims out, Dims begin, Dims end, Dims strides, auto options) {
    return one_operator({STRIDED_SLICE, {5, 6}, std::move(out), {begin, end, strides}}, options);
  };
  CHECK(sliced({2, 3}, {1, 0}, {3, 6}, {1, 2}, masks(0, 0, 0)).nodes() ==
        "slice(%0) begin=[1,0] size=[2,3] step=[1,2]");
  CHECK(sliced({5, 2}, {3, -2}, {1, 99}, {1, 1}, masks(1, 1, 0)).nodes() ==
        "slice(%0) begin=[0,4] size=[5,2] step=[1,1]");
  CHECK(sliced({5, 3}, {4, 5}, {0, -6}, {-1, -2}, masks(0, 1, 0)).nodes() ==
        "slice(%0) begin=[4,5] size=[5,3] step=[-1,-2]");
  CHECK(sliced({0, 6}, {3, 0}, {1, 6}, {1, 1}, masks(0, 0, 0)).nodes() ==
        "slice(%0) begin=[3,0] size=[0,6] step=[1,1]");
  CHECK(sliced({6}, {-1}, {0}, {1}, masks(0, 0, 1)).nodes() ==
        "slice(%0) begin=[4,0] size=[1,6] step=[1,1]; reshape(%4) shape=6");
  const std::string prefix = "invalid_model: tflite: operator 0 (STRIDED_SLICE): ";
  CHECK(sliced({6}, {7}, {8}, {1}, masks(0, 0, 1)).error() ==
        prefix + "expected a position within the extent 5 of dimension 0, got 7 with stride 1");
  CHECK(sliced({5, 6}, {0}, {5}, {0}, masks(0, 0, 0)).error() ==
        prefix + "strides: expected other than 0, got 0");
  CHECK(sliced({5, 6}, {0, 0, 0}, {1, 1, 1}, {1, 1, 1}, masks(0, 0, 0)).error() ==
        prefix + "begin: expected at most 2 elements, got 3");
  schema::StridedSliceOptionsT options = masks(0, 0, 0);
  options.ellipsis_mask = 2;
  const std::string unsupported = "unsupported: tflite: operator 0 (STRIDED_SLICE) 'y': ";
  CHECK(sliced({5, 6}, {0}, {5}, {1}, options).error() ==
        unsupported + "ellipsis_mask: expected 0, got 2");
  options.ellipsis_mask = 0;
  options.new_axis_mask = 1;
  CHECK(sliced({5, 6}, {0}, {5}, {1}, options).error() ==
        unsupported + "new_axis_mask: expected 0, got 1");
}

TEST_CASE("SPLIT and SPLIT_V are one slice per output", "[tflite]") {
  TfliteModel model;
  const auto axis = model.scalar("axis", -1);
  const auto x = model.input("x", {2, 6});
  const auto a = model.tensor("a", {2, 3});
  const auto b = model.tensor("b", {2, 3});
  schema::SplitOptionsT options;
  options.num_splits = 2;
  model.op(SPLIT, {axis, x}, {a, b}, options);
  model.output(b);
  CHECK(model.nodes() ==
        "slice(%0) size=[2,3] step=[1,1]; "
        "slice(%0) begin=[0,3] size=[2,3] step=[1,1]");
  model.graph().operators[0]->builtin_options.AsSplitOptions()->num_splits = 4;
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (SPLIT): num_splits: expected 2, one "
        "per output, got 4");
  const auto sizes = model.integers("sizes", {-1, 3});
  schema::OperatorT& op = *model.graph().operators[0];
  op.inputs = {x, sizes, axis};
  op.builtin_options.Set(schema::SplitVOptionsT{});
  model.model.operator_codes[0]->builtin_code = SPLIT_V;
  CHECK(model.nodes() ==
        "slice(%0) size=[2,3] step=[1,1]; "
        "slice(%0) begin=[0,3] size=[2,3] step=[1,1]");
  op.inputs[1] = model.integers("short", {1, 3});
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (SPLIT_V): size_splits: expected sizes "
        "that sum to 6, got 4");
  op.inputs[1] = model.integers("long", {5, 3});
  CHECK(model.error() ==
        "invalid_model: tflite: operator 0 (SPLIT_V): size_splits: expected sizes "
        "that sum to 6, got 3 where 1 are left");
}

TEST_CASE("PAD, PADV2 and MIRROR_PAD", "[tflite]") {
  CHECK(padded({0, 1, 2, 0}, {3, 5}).nodes() == "pad(%0) mode=constant before=[0,2] after=[1,0]");
  CHECK(padded({0, -1, 2, 0}, {3, 5}).error() ==
        "invalid_model: tflite: operator 0 (PAD): paddings: expected at least 0, got -1");
  CHECK(one_operator({PAD, {2, 3}, {2, 3}, {{0, 0}}}).error() ==
        "invalid_model: tflite: operator 0 (PAD): paddings: expected a shape of 2x2, got 2");
  TfliteModel model = padded({0, 1, 2, 0}, {3, 5});
  model.model.operator_codes[0]->builtin_code = PADV2;
  model.graph().operators[0]->inputs.push_back(model.floats("value", {}, {1.5F}));
  CHECK(model.nodes() == "pad(%0) mode=constant before=[0,2] after=[1,0] value=1.5");
  model = padded({0, 1, 2, 0}, {3, 5});
  model.model.operator_codes[0]->builtin_code = MIRROR_PAD;
  schema::MirrorPadOptionsT options;
  model.graph().operators[0]->builtin_options.Set(options);
  CHECK(model.nodes() == "pad(%0) mode=reflect before=[0,2] after=[1,0]");
  options.mode = schema::MirrorPadMode::SYMMETRIC;
  model.graph().operators[0]->builtin_options.Set(options);
  CHECK(model.error() ==
        "unsupported: tflite: operator 0 (MIRROR_PAD) 'y': mode: expected 0 "
        "(REFLECT), got 1 (SYMMETRIC)");
}

TEST_CASE("resizing keeps the format's coordinates and rounding", "[tflite]") {
  using Nearest = schema::ResizeNearestNeighborOptionsT;
  using Bilinear = schema::ResizeBilinearOptionsT;
  CHECK(resized<Nearest>(RESIZE_NEAREST_NEIGHBOR, false, false) ==
        "resize2d(%0) mode=nearest coordinates=asymmetric rounding=floor out_h=4 "
        "out_w=6");
  CHECK(resized<Nearest>(RESIZE_NEAREST_NEIGHBOR, true, false) ==
        "resize2d(%0) mode=nearest coordinates=align_corners rounding=round_prefer_ceil out_h=4 "
        "out_w=6");
  CHECK(resized<Nearest>(RESIZE_NEAREST_NEIGHBOR, false, true) ==
        "resize2d(%0) mode=nearest coordinates=half_pixel rounding=round_prefer_ceil out_h=4 "
        "out_w=6");
  CHECK(resized<Bilinear>(RESIZE_BILINEAR, false, false) ==
        "resize2d(%0) mode=bilinear coordinates=asymmetric rounding=floor out_h=4 "
        "out_w=6");
  CHECK(resized<Bilinear>(RESIZE_BILINEAR, true, false) ==
        "resize2d(%0) mode=bilinear coordinates=align_corners rounding=floor out_h=4 "
        "out_w=6");
  CHECK(resized<Bilinear>(RESIZE_BILINEAR, false, true) ==
        "resize2d(%0) mode=bilinear coordinates=half_pixel rounding=floor out_h=4 "
        "out_w=6");
  CHECK(resized<Bilinear>(RESIZE_BILINEAR, true, true) ==
        "invalid_model: tflite: operator 0 (RESIZE_BILINEAR): expected align_corners or "
        "half_pixel_centers, got both");
  CHECK(one_operator({RESIZE_BILINEAR, {1, 2, 3, 1}, {1, 4, 6, 1}, {{0, 6}}}, Bilinear{}).error() ==
        "invalid_model: tflite: operator 0 (RESIZE_BILINEAR): size: expected from 1 to 2^31 - 1, "
        "got 0");
}

TEST_CASE("pooling has a kernel, strides and TensorFlow's padding", "[tflite]") {
  schema::Pool2DOptionsT options;
  options.filter_height = 3;
  options.filter_width = 2;
  options.stride_h = options.stride_w = 2;
  options.fused_activation_function = schema::ActivationFunctionType::RELU6;
  CHECK(one_operator({MAX_POOL_2D, {1, 4, 4, 2}, {1, 2, 2, 2}}, options).nodes() ==
        "pool2d(%0) kind=max kernel_h=3 kernel_w=2 window.stride_h=2 window.stride_w=2 "
        "window.pad_bottom=1 activation.kind=relu6");
  options.padding = schema::Padding::VALID;
  CHECK(one_operator({AVERAGE_POOL_2D, {1, 4, 4, 2}, {1, 1, 2, 2}}, options).nodes() ==
        "pool2d(%0) kind=average kernel_h=3 kernel_w=2 window.stride_h=2 window.stride_w=2 "
        "activation.kind=relu6");
  options.filter_height = 0;
  CHECK(one_operator({MAX_POOL_2D, {1, 4, 4, 2}, {1, 1, 2, 2}}, options).error() ==
        "invalid_model: tflite: operator 0 (MAX_POOL_2D): expected a kernel height of at least 1, "
        "got 0");
}

TEST_CASE("LOCAL_RESPONSE_NORMALIZATION has a window of twice the radius and one", "[tflite]") {
  schema::LocalResponseNormalizationOptionsT options;
  options.radius = 2;
  options.alpha = 0.25F;
  options.beta = 0.75F;
  options.bias = 2;
  const OneOperator what{LOCAL_RESPONSE_NORMALIZATION, {1, 2, 2, 8}, {1, 2, 2, 8}};
  CHECK(one_operator(what, options).nodes() ==
        "local_response_norm(%0) size=5 alpha=0.25 beta=0.75 bias=2");
  options.radius = -1;
  CHECK(one_operator(what, options)
            .error()
            .starts_with("invalid_model: tflite: operator 0 (LOCAL_RESPONSE_NORMALIZATION): "
                         "radius: expected from 0"));
}

}  // namespace tilewright::importer
