// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "kernels/copy/copy.h"
#include "tests/kernels/reference_run.h"

namespace tilewright::kernels::tests {
namespace {

using Floats = std::vector<float>;

std::vector<float> moved(std::string_view name, const Op& op, std::vector<Values> src,
                         Shape shape) {
  return run(copy_kernels(), name, op, std::move(src), DType::Float32, shape).as<float>();
}

TEST_CASE("transpose swaps the dimensions that perm names") {
  CHECK(moved("transpose_reference", Transpose{{1, 0}}, {counting({2, 3})}, {3, 2}) ==
        Floats{0, 3, 1, 4, 2, 5});
  CHECK(moved("transpose_reference", Transpose{{2, 0, 1}}, {counting({2, 2, 2})}, {2, 2, 2}) ==
        Floats{0, 2, 4, 6, 1, 3, 5, 7});
}

TEST_CASE("reshape keeps the order of the elements") {
  CHECK(moved("reshape_reference", Reshape{{3, 2}}, {counting({2, 3})}, {3, 2}) ==
        Floats{0, 1, 2, 3, 4, 5});
}

TEST_CASE("broadcast repeats dimensions of extent 1 and leading ones") {
  CHECK(moved("broadcast_reference", Broadcast{{2, 2, 2}}, {counting({2, 1})}, {2, 2, 2}) ==
        Floats{0, 0, 1, 1, 0, 0, 1, 1});
}

TEST_CASE("slice steps in both directions") {
  CHECK(moved("slice_reference", Slice{{0, 2}, {2, 2}, {1, -2}}, {counting({2, 3})}, {2, 2}) ==
        Floats{2, 0, 5, 3});
}

TEST_CASE("concat joins inputs of different extents, empty ones too") {
  CHECK(moved("concat_reference", Concat{1},
              {counting({2, 1}), counting({2, 0}), counting({2, 2}, 10.0F)},
              {2, 3}) == Floats{0, 10, 11, 1, 12, 13});
}

TEST_CASE("pad fills, reflects and repeats the edge") {
  const Values x = counting({3}, 1.0F);
  CHECK(moved("pad_reference", Pad{PadMode::Constant, {1}, {2}, 9}, {x}, {6}) ==
        Floats{9, 1, 2, 3, 9, 9});
  CHECK(moved("pad_reference", Pad{PadMode::Reflect, {2}, {2}, 0}, {x}, {7}) ==
        Floats{3, 2, 1, 2, 3, 2, 1});
  CHECK(moved("pad_reference", Pad{PadMode::Edge, {1}, {2}, 0}, {x}, {6}) ==
        Floats{1, 1, 2, 3, 3, 3});
}

TEST_CASE("pad with negative cells crops") {
  CHECK(moved("pad_reference", Pad{PadMode::Constant, {-1}, {1}, 7}, {counting({3})}, {3}) ==
        Floats{1, 2, 7});
}

TEST_CASE("gather counts negative indices from the end and clamps those outside") {
  const Values indices = values<std::int64_t>({2, 2}, {0, -1, 5, -9});
  CHECK(moved("gather_reference", Gather{1}, {counting({2, 3}), indices}, {2, 2, 2}) ==
        Floats{0, 2, 2, 0, 3, 5, 5, 3});
  const Values scalar = values<std::int32_t>({}, {1});
  CHECK(moved("gather_reference", Gather{0}, {counting({2, 2}), scalar}, {2}) == Floats{2, 3});
}

TEST_CASE("depth to space takes the block from the outer or the inner channels") {
  const Values x = counting({1, 1, 1, 8});
  CHECK(moved("depth_to_space_reference", DepthToSpace{2, DepthOrder::BlockFirst}, {x},
              {1, 2, 2, 2}) == Floats{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(moved("depth_to_space_reference", DepthToSpace{2, DepthOrder::ChannelFirst}, {x},
              {1, 2, 2, 2}) == Floats{0, 4, 1, 5, 2, 6, 3, 7});
}

TEST_CASE("space to depth undoes depth to space with the block first") {
  const Values x = counting({1, 2, 4, 1});
  CHECK(moved("space_to_depth_reference", SpaceToDepth{2}, {x}, {1, 1, 2, 4}) ==
        Floats{0, 1, 4, 5, 2, 3, 6, 7});
}

TEST_CASE("elements of every size move") {
  const Op op = Transpose{{1, 0}};
  CHECK(run(copy_kernels(), "transpose_reference", op, {counting<std::int8_t>({2, 2})}, DType::Int8,
            {2, 2})
            .as<std::int8_t>() == std::vector<std::int8_t>{0, 2, 1, 3});
  CHECK(run(copy_kernels(), "transpose_reference", op, {counting<std::int16_t>({2, 2})},
            DType::Int16, {2, 2})
            .as<std::int16_t>() == std::vector<std::int16_t>{0, 2, 1, 3});
  CHECK(run(copy_kernels(), "transpose_reference", op, {counting<std::int64_t>({2, 2})},
            DType::Int64, {2, 2})
            .as<std::int64_t>() == std::vector<std::int64_t>{0, 2, 1, 3});
}

TEST_CASE("cast truncates, saturates and turns NaN into 0") {
  const float inf = std::numeric_limits<float>::infinity();
  const Values x = values<float>({6}, {1.9F, -1.9F, 3e9F, -inf, inf, std::nanf("")});
  const auto cast = [&](DType dtype) {
    return run(copy_kernels(), "cast_reference", Cast{dtype}, {x}, dtype, {6});
  };
  const auto lowest = std::numeric_limits<std::int32_t>::min();
  const auto highest = std::numeric_limits<std::int32_t>::max();
  CHECK(cast(DType::Int32).as<std::int32_t>() ==
        std::vector<std::int32_t>{1, -1, highest, lowest, highest, 0});
  CHECK(cast(DType::Int64).as<std::int64_t>()[2] == 3'000'000'000);
  CHECK(cast(DType::UInt8).as<std::uint8_t>() == std::vector<std::uint8_t>{1, 0, 255, 0, 255, 0});
}

TEST_CASE("cast of integers keeps the low bits, and bool is whether it differs from 0") {
  const Values x = values<std::int64_t>({3}, {(std::int64_t{1} << 32) + 7, 0, -2});
  CHECK(run(copy_kernels(), "cast_reference", Cast{DType::Int32}, {x}, DType::Int32, {3})
            .as<std::int32_t>() == std::vector<std::int32_t>{7, 0, -2});
  CHECK(run(copy_kernels(), "cast_reference", Cast{DType::Bool}, {x}, DType::Bool, {3})
            .as<std::uint8_t>() == std::vector<std::uint8_t>{1, 0, 1});
}

TEST_CASE("cast reads half precision, subnormals and infinities included") {
  Values x = values<std::int16_t>({5}, {0x3C00, -0x4000, 0x0001, 0x7C00, 0x3555});
  x.spec.dtype = DType::Float16;
  const Floats y = moved("cast_reference", Cast{DType::Float32}, {x}, {5});
  CHECK(y == Floats{1, -2, 0x1p-24F, std::numeric_limits<float>::infinity(), 0.333251953125F});
}

TEST_CASE("nothing is touched where there are no elements") {
  CHECK(
      moved("slice_reference", Slice{{0, 0}, {0, 2}, {1, 1}}, {counting({2, 2})}, {0, 2}).empty());
}

}  // namespace
}  // namespace tilewright::kernels::tests
