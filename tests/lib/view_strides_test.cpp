// SPDX-License-Identifier: Apache-2.0
// Views are compared element by element with what the op means, over all small cases.
#include "lib/view_strides.h"

#include <algorithm>
#include <random>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "kernels/row_index.h"

namespace tilewright::tests {
namespace {

using kernels::at;
using kernels::dense_strides;
using kernels::Index;
using kernels::index_of;
using kernels::Strides;

std::int64_t offset(const Shape& shape, const Strides& strides, const Index& index) {
  std::int64_t sum = 0;
  for (int axis = 0; axis < shape.rank(); ++axis)
    sum += at(index, axis) * at(strides, axis);
  return sum;
}

std::int64_t offset(const Shape& shape, const Strides& strides, std::int64_t position) {
  return offset(shape, strides, index_of(shape, position));
}

/// All ways to write `elements` as a product of four extents, leading ones left out by chance.
std::vector<Shape> shapes_of(std::int64_t elements) {
  std::vector<Shape> shapes;
  for (std::int64_t a = 1; a <= elements; ++a) {
    for (std::int64_t b = 1; b <= elements / a; ++b) {
      for (std::int64_t c = 1; c <= elements / a / b; ++c) {
        if (elements % (a * b * c) == 0) shapes.push_back(Shape{a, b, c, elements / (a * b * c)});
      }
    }
  }
  shapes.push_back(Shape{elements});
  return shapes;
}

/// Whether any strides with a dense innermost dimension give `to` the elements of `from`: a
/// dimension's stride is what one step along it moves, so there is only one candidate.
bool has_view(const Shape& from, const Strides& strides, const Shape& to) {
  const Strides dense = dense_strides(to);
  Strides candidate{};
  for (int axis = 0; axis < to.rank(); ++axis) {
    if (to[axis] > 1) at(candidate, axis) = offset(from, strides, at(dense, axis));
  }
  int innermost = to.rank() - 1;
  while (innermost > 0 && to[innermost] == 1)
    --innermost;
  if (to[innermost] > 1 && at(candidate, innermost) != 1) return false;
  for (std::int64_t i = 0; i < to.elements(); ++i) {
    if (offset(to, candidate, i) != offset(from, strides, i)) return false;
  }
  return true;
}

/// Dense, but for gaps after some dimensions.
Strides strides_with_gaps(const Shape& shape, std::mt19937& random) {
  Strides strides{};
  std::int64_t stride = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    at(strides, axis) = stride;
    stride = stride * shape[axis] + (random() % 2 == 0 ? 0 : 3);
  }
  return strides;
}

}  // namespace

TEST_CASE("a reshape is a view exactly where one set of strides reaches its elements") {
  std::mt19937 random(1);
  int views = 0;
  const std::vector<Shape> shapes = shapes_of(24);
  for (const Shape& from : shapes) {
    for (const Shape& to : shapes) {
      const Strides strides = strides_with_gaps(from, random);
      const auto found = reshaped_strides(from, strides, to);
      CAPTURE(to_string(from), to_string(to));
      REQUIRE(found.has_value() == has_view(from, strides, to));
      if (!found) continue;
      ++views;
      REQUIRE(at(*found, to.rank() - 1) == 1);
      for (std::int64_t i = 0; i < to.elements(); ++i)
        REQUIRE(offset(to, *found, i) == offset(from, strides, i));
    }
  }
  CHECK(views > 1000);
  CHECK(views < static_cast<int>(shapes.size() * shapes.size()));
}

TEST_CASE("a transpose is a view exactly where a dense dimension stays the innermost") {
  const Shape from{2, 3, 1, 4};
  const Strides dense = dense_strides(from);
  std::array<std::int8_t, 4> order{0, 1, 2, 3};
  do {
    Transpose transpose;
    Shape to = from;
    for (std::size_t i = 0; i < 4; ++i)
      transpose.perm[i] = order[i], to[static_cast<int>(i)] = from[order[i]];
    const auto found = transposed_strides(to, dense, transpose);
    const bool keeps_last = order[3] == 3 || (order[3] == 2 && order[2] == 3);
    CAPTURE(int{order[0]}, int{order[1]}, int{order[2]}, int{order[3]});
    REQUIRE(found.has_value() == keeps_last);
    REQUIRE(untransposed_strides(from, dense_strides(to), transpose).has_value() == keeps_last);
    if (!found) continue;
    for (std::int64_t i = 0; i < to.elements(); ++i) {
      const Index index = index_of(to, i);
      Index original{};
      for (int axis = 0; axis < 4; ++axis)
        at(original, order[static_cast<std::size_t>(axis)]) = at(index, axis);
      REQUIRE(offset(to, *found, index) == offset(from, dense, original));
    }
    const auto back = untransposed_strides(from, *found, transpose);
    REQUIRE(back == dense);
  } while (std::ranges::next_permutation(order).found);
}

}  // namespace tilewright::tests
