// SPDX-License-Identifier: Apache-2.0
// Builds graphs for tests of passes, runs one pass, and compares text and numbers.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/graph/builder.h"
#include "lib/graph/print.h"
#include "lib/graph/tidy.h"
#include "lib/graph/verify.h"
#include "lib/rewrite/passes.h"
#include "tests/lib/graph_interpreter.h"

namespace tilewright::rewriting::tests {

/// A builder that fails the test instead of returning errors.
class Draft {
 public:
  graph::ValueId input(Shape shape) {
    return builder_.input({"x" + std::to_string(count_++), DType::Float32, shape, {}});
  }
  /// A constant of random elements.
  graph::ValueId constant(Shape shape) {
    std::normal_distribution<float> normal(0, 1);
    std::vector<float> elements(static_cast<std::size_t>(shape.elements()));
    for (float& element : elements)
      element = normal(random_);
    return constant(shape, elements);
  }
  graph::ValueId constant(Shape shape, const std::vector<float>& elements) {
    return builder_.constant("c" + std::to_string(count_++), shape, elements);
  }
  /// A list of int64.
  graph::ValueId indices(const std::vector<std::int64_t>& elements) {
    const Shape shape{static_cast<std::int64_t>(elements.size())};
    return builder_.constant("c" + std::to_string(count_++), shape, elements);
  }
  graph::ValueId add(std::string name, Op op, std::vector<graph::ValueId> inputs) {
    const auto id = builder_.add(std::move(name), std::move(op), std::move(inputs));
    if (!id) FAIL(id.error().message);
    return *id;
  }
  /// A convolution of 3x3 with padding of 1.
  graph::ValueId conv(std::string name, graph::ValueId x, std::int64_t channels) {
    const std::int64_t inputs = builder_.spec(x).shape.last();
    return add(std::move(name),
               Conv2d{.window = {.pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1}},
               {x, constant({channels, 3, 3, inputs}), constant({channels})});
  }
  graph::ValueId to_nhwc(graph::ValueId x) { return add("to_nhwc", Transpose{{0, 2, 3, 1}}, {x}); }
  graph::ValueId to_nchw(graph::ValueId x) { return add("to_nchw", Transpose{{0, 3, 1, 2}}, {x}); }
  void output(graph::ValueId id) { builder_.output(id); }
  [[nodiscard]] const Shape& shape(graph::ValueId id) const { return builder_.spec(id).shape; }
  [[nodiscard]] const graph::Graph& graph() const { return builder_.graph(); }

 private:
  graph::Builder builder_;
  std::mt19937 random_{7};
  int count_ = 0;
};

/// The graph after one pass, held to the law and to the numbers of the graph before.
[[nodiscard]] inline graph::Graph after(Result<bool> (*pass)(graph::Graph&), const Draft& draft) {
  graph::Graph changed = draft.graph();
  graph::tidy(changed);
  const auto result = pass(changed);
  REQUIRE(result);
  graph::tidy(changed);
  const Status status = graph::verify(changed);
  INFO(graph::print(changed));
  if (!status) FAIL(status.error().message);
  CHECK(graph::tests::first_difference(draft.graph(), changed, 11) == "");
  return changed;
}

/// The same as text.
[[nodiscard]] inline std::string text_after(Result<bool> (*pass)(graph::Graph&),
                                            const Draft& draft) {
  return graph::print(after(pass, draft));
}

}  // namespace tilewright::rewriting::tests
