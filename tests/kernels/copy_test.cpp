// SPDX-License-Identifier: Apache-2.0
// Data movement is exact: the bytes of the fast kernels are those of the references.
#include "kernels/copy/copy.h"

#include <random>

#include <catch2/catch_test_macros.hpp>

#include "kernels/copy/gather_rows.h"
#include "tests/kernels/trial.h"

namespace tilewright::kernels::tests {
namespace {

/// A trial of random bytes of `dtype` for an op with one input.
Trial moving(const Op& op, DType dtype, Shape src, Shape dst) {
  return {op, {distinct(dtype, src)}, {"", dtype, dst, {}}, {}};
}

void check_copies(std::string_view reference, const Op& op, Shape src, Shape dst) {
  for (const DType dtype : {DType::Float32, DType::Int8, DType::Float16, DType::Int64})
    check_kernels(copy_kernels(), reference, moving(op, dtype, src, dst));
}

TEST_CASE("transpose kernels move every permutation of odd shapes") {
  const auto check = [](const Transpose& op, Shape src) {
    Shape dst = src;
    for (int axis = 0; axis < src.rank(); ++axis)
      dst[axis] = src[op.perm[static_cast<std::size_t>(axis)]];
    check_copies("transpose_reference", op, src, dst);
  };
  check({{0, 3, 1, 2}}, {1, 5, 7, 19});  // n, h, w, c to n, c, h, w
  check({{0, 2, 3, 1}}, {2, 19, 5, 7});  // and back
  check({{0, 2, 3, 1}}, {1, 3, 9, 11});  // an image of 3 channels
  check({{0, 3, 1, 2}}, {1, 9, 11, 3});
  check({{0, 1, 3, 2}}, {2, 6, 2, 29});  // channel shuffle
  check({{0, 1, 3, 2}}, {2, 6, 29, 4});
  check({{0, 1, 3, 2}}, {2, 6, 3, 30});
  check({{0, 1, 3, 2}}, {2, 6, 31, 3});
  check({{0, 1, 3, 2}}, {2, 6, 31, 2});
  check({{1, 0}}, {33, 47});
  check({{0, 2, 1, 3}}, {2, 5, 3, 17});  // rows change places
  check({{3, 1, 2, 0}}, {3, 4, 5, 6});
  check({{2, 1, 0}}, {1, 1, 5});
  check({{4, 2, 0, 3, 1}}, {2, 3, 4, 3, 2});
  check({{0}}, {7});
}

TEST_CASE("reshape kernels keep the order through every cut of the shape") {
  check_copies("reshape_reference", Reshape{{6, 35}}, {2, 3, 5, 7}, {6, 35});
  check_copies("reshape_reference", Reshape{{7, 5, 3, 2}}, {2, 3, 5, 7}, {7, 5, 3, 2});
  check_copies("reshape_reference", Reshape{{210}}, {2, 3, 5, 7}, {210});
  check_copies("reshape_reference", Reshape{{1}}, {}, {1});
}

TEST_CASE("broadcast kernels repeat elements, rows and images") {
  check_copies("broadcast_reference", Broadcast{{3, 4, 5}}, {1}, {3, 4, 5});
  check_copies("broadcast_reference", Broadcast{{3, 4, 5}}, {4, 1}, {3, 4, 5});
  check_copies("broadcast_reference", Broadcast{{3, 4, 5}}, {3, 1, 5}, {3, 4, 5});
  check_copies("broadcast_reference", Broadcast{{2, 3}}, {}, {2, 3});
}

TEST_CASE("slice kernels step forwards and backwards") {
  check_copies("slice_reference", Slice{{0, 1, 2, 3}, {2, 3, 4, 5}, {1, 1, 1, 1}}, {2, 5, 7, 9},
               {2, 3, 4, 5});
  check_copies("slice_reference", Slice{{1, 4, 0, 8}, {2, 3, 4, 5}, {-1, -2, 2, -2}}, {2, 5, 7, 9},
               {2, 3, 4, 5});
  check_copies("slice_reference", Slice{{0, 6}, {3, 1}, {2, 1}}, {5, 7}, {3, 1});
}

TEST_CASE("concat kernels join along every dimension") {
  for (const DType dtype : {DType::Float32, DType::UInt8, DType::Int64}) {
    for (int axis = 0; axis < 4; ++axis) {
      Trial trial{Concat{axis}, {}, {"", dtype, {2, 3, 4, 5}, {}}, {}};
      trial.dst.shape[axis] = 0;
      for (const std::int64_t extent : {3, 0, 1, 17}) {
        Shape shape{2, 3, 4, 5};
        shape[axis] = extent;
        trial.src.push_back(distinct(dtype, shape));
        trial.dst.shape[axis] += extent;
      }
      check_kernels(copy_kernels(), "concat_reference", trial);
    }
  }
}

TEST_CASE("pad kernels fill, reflect and repeat on all sides, and crop") {
  for (const PadMode mode : {PadMode::Constant, PadMode::Reflect, PadMode::Edge}) {
    Pad op{mode, {0, 1, 2, 0}, {0, 2, 1, 0}, 0};
    check_copies("pad_reference", op, {2, 4, 5, 3}, {2, 7, 8, 3});
    op.before = {1, 0, 3, 2};
    op.after = {0, 1, 0, 1};
    check_copies("pad_reference", op, {2, 3, 4, 3}, {3, 4, 7, 6});
    op.before = {0, -1, 0, -2};
    op.after = {0, 2, -3, 1};
    check_copies("pad_reference", op, {2, 4, 5, 3}, {2, 5, 2, 2});
  }
  const Pad value{PadMode::Constant, {2}, {3}, -1.5F};
  check_kernels(copy_kernels(), "pad_reference", moving(value, DType::Float32, {9}, {14}));
  check_kernels(copy_kernels(), "pad_reference", moving(value, DType::Int16, {9}, {14}));
}

TEST_CASE("pad kernels reflect more than once") {
  check_copies("pad_reference", Pad{PadMode::Reflect, {5, 0}, {7, 4}, 0}, {3, 1}, {15, 5});
}

TEST_CASE("gather kernels pick along every dimension, clamping indices outside") {
  const Values few = values<std::int64_t>({2, 3}, {0, 2, -1, 1, 9, -7});
  const Values one = values<std::int32_t>({}, {-2});
  for (const DType dtype : {DType::Float32, DType::Int8}) {
    const Values x = distinct(dtype, {3, 4, 5});
    const auto check = [&](int axis, const Values& indices, Shape dst) {
      check_kernels(copy_kernels(), "gather_reference",
                    {Gather{axis}, {x, indices}, {"", dtype, dst, {}}, {}});
    };
    check(0, few, {2, 3, 4, 5});
    check(1, few, {3, 2, 3, 5});
    check(2, few, {3, 4, 2, 3});
    check(0, one, {4, 5});
    check(1, one, {3, 5});
    check(2, one, {3, 4});
  }
}

TEST_CASE("gather kernels pick lists of channels") {
  const std::vector<std::int64_t> inside = {5, 6, 7, 0, 2, 4, 9, 8, 7, 3, 3, 3, 1, 11, 12, 0};
  std::vector<std::int64_t> outside = inside;
  outside[2] = -1;
  outside[15] = 13;
  for (const auto& list : {inside, outside}) {
    const Values channels = values<std::int64_t>({16}, list);
    for (const DType dtype : {DType::Float32, DType::Int16, DType::Float64}) {
      const Values image = distinct(dtype, {2, 3, 5, 13});
      check_kernels(copy_kernels(), "gather_reference",
                    {Gather{3}, {image, channels}, {"", dtype, {2, 3, 5, 16}, {}}, {}});
      check_kernels(copy_kernels(), "gather_reference",
                    {Gather{0}, {distinct(dtype, {13}), channels}, {"", dtype, {16}, {}}, {}});
    }
  }
  check_kernels(copy_kernels(), "gather_reference",
                {Gather{1},
                 {distinct(DType::Float32, {4, 3}), values<std::int32_t>({2}, {1, 0})},
                 {"", DType::Float32, {4, 2}, {}},
                 {}});
}

TEST_CASE("vector kernels gather lists of channels of every length") {
  // With the portable kernel, which also stands for an architecture without vector kernels.
  std::vector<Kernel> kernels(copy_kernels().begin(), copy_kernels().end());
  kernels.insert(kernels.end(), vector_gather_kernels().begin(), vector_gather_kernels().end());
  std::mt19937 random(7);
  for (const std::int64_t extent : {1, 15, 16, 17, 48, 100, 255, 256, 257}) {
    for (const std::int64_t columns : {1, 16, 24, 47, 256, 300}) {
      for (const std::int64_t outside : {0, 1}) {
        std::vector<std::int32_t> list(static_cast<std::size_t>(columns));
        for (std::int32_t& cell : list)
          cell = static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(extent + outside));
        const DType dtype = random() % 2 == 0 ? DType::Float32 : DType::Int32;
        const std::vector<std::int64_t> wide(list.begin(), list.end());
        const Values cells = random() % 2 == 0 ? values<std::int32_t>({columns}, list)
                                               : values<std::int64_t>({columns}, wide);
        CAPTURE(extent, columns, outside);
        check_kernels(kernels, "gather_reference",
                      {Gather{2},
                       {distinct(dtype, {2, 3, extent}), cells},
                       {"", dtype, {2, 3, columns}, {}},
                       {}});
      }
    }
  }
}

TEST_CASE("depth to space kernels take both orders of the block") {
  for (const DepthOrder order : {DepthOrder::BlockFirst, DepthOrder::ChannelFirst}) {
    check_copies("depth_to_space_reference", DepthToSpace{2, order}, {2, 3, 5, 12}, {2, 6, 10, 3});
    check_copies("depth_to_space_reference", DepthToSpace{3, order}, {1, 4, 5, 9}, {1, 12, 15, 1});
  }
}

TEST_CASE("space to depth kernels move whole blocks") {
  check_copies("space_to_depth_reference", SpaceToDepth{2}, {2, 6, 10, 3}, {2, 3, 5, 12});
  check_copies("space_to_depth_reference", SpaceToDepth{3}, {1, 6, 9, 1}, {1, 2, 3, 9});
}

TEST_CASE("cast kernels follow the reference between all dtypes") {
  constexpr DType dtypes[] = {DType::Float32, DType::Float64, DType::Int8,  DType::UInt8,
                              DType::Int16,   DType::Int32,   DType::Int64, DType::Bool};
  for (const DType to : dtypes) {
    const Trial floats{Cast{to}, {special_floats({3, 5, 7})}, {"", to, {3, 5, 7}, {}}, {}};
    check_kernels(copy_kernels(), "cast_reference", floats);
    for (const DType from : {DType::Float16, DType::Int32, DType::Int64, DType::UInt8}) {
      const Trial trial{Cast{to}, {distinct(from, {3, 5, 7})}, {"", to, {3, 5, 7}, {}}, {}};
      check_kernels(copy_kernels(), "cast_reference", trial);
    }
  }
}

TEST_CASE("tensors without elements are not touched") {
  check_copies("transpose_reference", Transpose{{1, 0}}, {0, 3}, {3, 0});
  check_copies("slice_reference", Slice{{0, 0}, {2, 0}, {1, 1}}, {2, 2}, {2, 0});
  check_copies("reshape_reference", Reshape{{0, 4}}, {4, 0}, {0, 4});
}

}  // namespace
}  // namespace tilewright::kernels::tests
