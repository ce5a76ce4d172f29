// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/rewrite/rewrite_trial.h"

namespace tilewright::rewriting::tests {
namespace {

/// The text after the pass of a gather of `cells` of the last dimension of x, [2, 6].
std::string gathered(const Shape& shape, const std::vector<std::int64_t>& cells) {
  graph::Builder builder;
  const auto x = builder.input({"x", DType::Float32, {2, 6}, {}});
  const auto indices = builder.constant("indices", shape, std::span<const std::int64_t>(cells));
  builder.output(*builder.add("y", Gather{.axis = 1}, {x, indices}));
  graph::Graph changed = builder.graph();
  REQUIRE(turn_gathers_into_slices(changed));
  graph::tidy(changed);
  REQUIRE(graph::verify(changed));
  CHECK(graph::tests::first_difference(builder.graph(), changed, 11) == "");
  return graph::print(changed);
}

bool is_slice(const std::string& text) {
  return text.find("= slice(") != std::string::npos;
}

}  // namespace

TEST_CASE("a gather of cells equally far apart is a slice", "[rewrite]") {
  CHECK(gathered({3}, {1, 3, 5}) ==
        "input %0 'x': float32 2x6\n"
        "%1 'y': float32 2x3 = slice(%0) begin=[0,1] size=[2,3] step=[1,2]\n"
        "output %1\n");
  CHECK(is_slice(gathered({3}, {4, 2, 0})));
  CHECK(is_slice(gathered({2}, {-2, -1})));
  CHECK(is_slice(gathered({1}, {9})));  // clamped, as the op is
}

TEST_CASE("a gather of one cell of the last dimension is a slice with steps", "[rewrite]") {
  CHECK(gathered({}, {-1}) ==
        "input %0 'x': float32 2x6\n"
        "%1 'y/flat': float32 12 = reshape(%0) shape=12\n"
        "%2 'y': float32 2 = slice(%1) begin=[5] size=[2] step=[6]\n"
        "output %2\n");
}

TEST_CASE("a gather of other cells stays", "[rewrite]") {
  CHECK(!is_slice(gathered({3}, {0, 1, 3})));
  CHECK(!is_slice(gathered({2}, {4, 4})));
  CHECK(!is_slice(gathered({2, 2}, {0, 1, 2, 3})));
  CHECK(!is_slice(gathered({0}, {})));
}

TEST_CASE("a gather of cells that are not known stays", "[rewrite]") {
  graph::Builder builder;
  const auto x = builder.input({"x", DType::Float32, {2, 6}, {}});
  const auto indices = builder.input({"indices", DType::Int64, {2}, {}});
  builder.output(*builder.add("y", Gather{.axis = 1}, {x, indices}));
  graph::Graph changed = builder.graph();
  const auto result = turn_gathers_into_slices(changed);
  REQUIRE(result);
  CHECK_FALSE(*result);
}

}  // namespace tilewright::rewriting::tests
