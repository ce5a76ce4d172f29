// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/reshape_groups.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace tilewright::rewriting {
namespace {

/// The elements 0, 1, ... of a tensor of `shape`, in memory order after transposing it.
std::vector<std::int64_t> transposed_elements(const Shape& shape, const Permutation& order,
                                              const std::vector<std::int64_t>& elements) {
  const Shape dst = permuted(shape, order);
  std::vector<std::int64_t> strides(order.size(), 1);
  for (int axis = shape.rank() - 2; axis >= 0; --axis) {
    const auto i = static_cast<std::size_t>(axis);
    strides[i] = strides[i + 1] * shape[axis + 1];
  }
  std::vector<std::int64_t> result;
  std::vector<std::int64_t> at(order.size(), 0);
  for (std::int64_t n = 0; n < dst.elements(); ++n) {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
      offset += at[i] * strides[static_cast<std::size_t>(order[i])];
    result.push_back(elements[static_cast<std::size_t>(offset)]);
    for (int axis = dst.rank() - 1; axis >= 0; --axis) {
      const auto i = static_cast<std::size_t>(axis);
      if (++at[i] < dst[axis]) break;
      at[i] = 0;
    }
  }
  return result;
}

}  // namespace

TEST_CASE("a reshape before a transpose gives the elements of the one after it", "[rewrite]") {
  const std::vector<Shape> shapes = {{12},      {1, 12},      {12, 1},      {3, 4},
                                     {4, 3},    {2, 6},       {2, 2, 3},    {3, 2, 2},
                                     {2, 3, 2}, {1, 4, 3},    {4, 1, 3},    {1, 2, 3, 2},
                                     {2, 1, 6}, {1, 3, 1, 4}, {2, 2, 1, 3}, {1, 1, 12}};
  int found = 0;
  for (const Shape& src : shapes) {
    for (const Shape& dst : shapes) {
      Permutation order = identity_permutation(src.rank());
      do {
        const auto moved = reshape_in_order(src, dst, order);
        if (!moved) continue;
        ++found;
        const Shape x = permuted(src, inverse(order));
        std::vector<std::int64_t> elements(12);
        std::iota(elements.begin(), elements.end(), 0);
        CAPTURE(to_string(src), to_string(dst), order, to_string(moved->shape), moved->order);
        CHECK(permuted(moved->shape, moved->order) == dst);
        CHECK(transposed_elements(moved->shape, moved->order, elements) ==
              transposed_elements(x, order, elements));
      } while (std::next_permutation(order.begin(), order.end()));
    }
  }
  CHECK(found > 500);
}

TEST_CASE("splitting and merging one dimension passes any transpose", "[rewrite]") {
  const auto split = reshape_in_order({1, 6, 4, 5}, {1, 2, 3, 4, 5}, {0, 3, 1, 2});
  REQUIRE(split);
  CHECK(split->shape == Shape{1, 4, 5, 2, 3});
  CHECK(split->order == Permutation{0, 3, 4, 1, 2});
  const auto merged = reshape_in_order({1, 2, 3, 4, 5}, {1, 6, 4, 5}, {0, 3, 4, 1, 2});
  REQUIRE(merged);
  CHECK(merged->shape == Shape{1, 4, 5, 6});
  CHECK(merged->order == Permutation{0, 3, 1, 2});
}

TEST_CASE("merging dimensions that the transpose brought together passes none", "[rewrite]") {
  CHECK(!reshape_in_order({1, 6, 4, 5}, {1, 120}, {0, 3, 1, 2}));
  CHECK(!reshape_in_order({3, 2}, {6}, {1, 0}));
  CHECK(!reshape_in_order({0, 2}, {0}, {1, 0}));
}

}  // namespace tilewright::rewriting
