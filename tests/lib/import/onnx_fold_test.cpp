// SPDX-License-Identifier: Apache-2.0
// Values that are known at import: shape arithmetic, and weights made of constants.
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::onnx_writer {
namespace {

using Numbers = std::vector<double>;

/// What a node of constants comes to.
Numbers computed(const Message& item, const std::vector<Message>& initializers, int opset = 13) {
  const File file = {.nodes = {item},
                     .outputs = {Message().text(1, "y")},
                     .initializers = initializers,
                     .opset = opset};
  return known_output(imported(file));
}

Numbers of_integers(const char* op_type, const Dims& a, const Dims& b) {
  const auto count = [](const Dims& list) { return static_cast<std::int64_t>(list.size()); };
  return computed(node(op_type, {"a", "b"}, {"y"}),
                  {integers("a", {count(a)}, a), integers("b", {count(b)}, b)});
}

}  // namespace

TEST_CASE("integer arithmetic is exact, truncates and wraps") {
  CHECK(of_integers("Add", {1, 2}, {10}) == Numbers{11, 12});
  CHECK(of_integers("Sub", {1, 2}, {3, 3}) == Numbers{-2, -1});
  CHECK(of_integers("Mul", {3}, {-4}) == Numbers{-12});
  CHECK(of_integers("Div", {-7, 7}, {2}) == Numbers{-3, 3});
  CHECK(of_integers("Max", {1, 5}, {3}) == Numbers{3, 5});
  CHECK(of_integers("Pow", {3, 2}, {4}) == Numbers{81, 16});
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  CHECK(of_integers("Div", {least}, {-1}) == Numbers{static_cast<double>(least)});
  CHECK(of_integers("Equal", {1, 2}, {2}) == Numbers{0, 1});
  CHECK(of_integers("Less", {1, 2}, {2}) == Numbers{1, 0});
  CHECK(of_integers("Greater", {3, 2}, {2}) == Numbers{1, 0});
}

TEST_CASE("an integer division by 0 is refused") {
  const File file = {.nodes = {node("Div", {"a", "a"}, {"y"})},
                     .outputs = {Message().text(1, "y")},
                     .initializers = {integers("a", {1}, {0})}};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'n' (Div): expected divisors other than 0, got 0");
}

TEST_CASE("constants are moved as ops move tensors") {
  const Message w = counting("w", {2, 3});
  CHECK(computed(node("Transpose", {"w"}, {"y"}), {w}) == Numbers{0, 3, 1, 4, 2, 5});
  CHECK(computed(node("Concat", {"w", "w"}, {"y"}, {attribute("axis", 1)}), {w}) ==
        Numbers{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5});
  CHECK(computed(node("Gather", {"w", "i"}, {"y"}, {attribute("axis", 1)}),
                 {w, integers("i", {2}, {-1, 0})}) == Numbers{2, 0, 5, 3});
  CHECK(computed(node("Expand", {"v", "s"}, {"y"}),
                 {counting("v", {2, 1}), integers("s", {2}, {2, 2})}) == Numbers{0, 0, 1, 1});
  CHECK(computed(node("Slice", {"w", "b", "e", "a", "t"}, {"y"}),
                 {w, integers("b", {1}, {2}), integers("e", {1}, {-9}), integers("a", {1}, {1}),
                  integers("t", {1}, {-2})}) == Numbers{2, 0, 5, 3});
  CHECK(computed(node("Cast", {"f"}, {"y"}, {attribute("to", 7)}),
                 {floats("f", {3}, {1.9F, -1.9F, std::numeric_limits<float>::quiet_NaN()})}) ==
        Numbers{1, -1, 0});
  CHECK(computed(node("Cast", {"f"}, {"y"}, {attribute("to", 3)}),
                 {floats("f", {2}, {500, -500})}) == Numbers{127, -128});
  // From an integer the low bits stay.
  CHECK(computed(node("Cast", {"i"}, {"y"}, {attribute("to", 3)}),
                 {integers("i", {2}, {500, -1})}) == Numbers{-12, -1});
}

TEST_CASE("floats are computed too") {
  CHECK(computed(node("Sqrt", {"w"}, {"y"}), {floats("w", {2}, {4, 9})}) == Numbers{2, 3});
  CHECK(computed(node("Round", {"w"}, {"y"}), {floats("w", {3}, {0.5F, 1.5F, -2.5F})}) ==
        Numbers{0, 2, -2});
  CHECK(computed(node("ReduceSum", {"w", "a"}, {"y"}),
                 {counting("w", {2, 3}), integers("a", {1}, {0})}) == Numbers{3, 5, 7});
  CHECK(computed(node("ReduceMean", {"w"}, {"y"}), {counting("w", {2, 3})}) == Numbers{2.5});
  CHECK(computed(node("ReduceProd", {"w"}, {"y"}), {integers("w", {3}, {2, 3, 4})}) == Numbers{24});
  CHECK(computed(node("ReduceMax", {"w"}, {"y"}), {counting("w", {4})}) == Numbers{3});
}

TEST_CASE("constants are made from attributes, shapes and ranges") {
  CHECK(computed(node("Constant", {}, {"y"}, {attribute("value_ints", Dims{4, 5})}), {}) ==
        Numbers{4, 5});
  CHECK(computed(node("Constant", {}, {"y"}, {attribute("value_float", 1.5F)}), {}) ==
        Numbers{1.5});
  CHECK(computed(node("Constant", {}, {"y"}, {tensor_attribute("value", counting("", {2}))}), {}) ==
        Numbers{0, 1});
  CHECK(computed(node("ConstantOfShape", {"s"}, {"y"}), {integers("s", {2}, {1, 2})}) ==
        Numbers{0, 0});
  CHECK(computed(node("ConstantOfShape", {"s"}, {"y"},
                      {tensor_attribute("value", integers("", {1}, {7}))}),
                 {integers("s", {1}, {3})}) == Numbers{7, 7, 7});
  CHECK(computed(node("Range", {"a", "b", "c"}, {"y"}),
                 {integers("a", {}, {5}), integers("b", {}, {0}), integers("c", {}, {-2})}) ==
        Numbers{5, 3, 1});
  CHECK(computed(node("Where", {"c", "a", "b"}, {"y"}),
                 {raw_tensor("c", {2}, 9, std::string_view("\1\0", 2)), integers("a", {1}, {8}),
                  integers("b", {2}, {1, 2})}) == Numbers{8, 2});
}

TEST_CASE("a chain of shapes leaves no trace in the graph") {
  // As exporters write a flattening: reshape(x, concat(gather(shape(x), 0), -1))
  const File file = {
      .nodes = {node("Shape", {"x"}, {"shape"}), node("Gather", {"shape", "zero"}, {"batch"}),
                node("Unsqueeze", {"batch", "axis"}, {"list"}),
                node("Concat", {"list", "rest"}, {"wanted"}, {attribute("axis", 0)}),
                node("Reshape", {"x", "wanted"}, {"y"})},
      .inputs = {value("x", {2, 3, 4})},
      .outputs = {value("y", {})},
      .initializers = {integers("zero", {}, {0}), integers("axis", {1}, {0}),
                       integers("rest", {1}, {-1})}};
  const graph::Graph graph = imported(file);
  CHECK(op_names(graph) == "reshape");
  CHECK(graph.values.size() == 2);
  CHECK(graph.value(graph.outputs[0]).spec.shape == Shape{2, 12});
}

TEST_CASE("Shape takes a part, Size the number of elements") {
  const auto reshaped = [](const Message& item) {
    const File file = {.nodes = {item, node("Add", {"s", "s"}, {"y"})},
                       .inputs = {value("x", {2, 3, 4})},
                       .outputs = {Message().text(1, "y")},
                       .opset = 15};
    return known_output(imported(file));
  };
  CHECK(reshaped(node("Shape", {"x"}, {"s"}, {attribute("start", -2)})) == Numbers{6, 8});
  CHECK(reshaped(node("Shape", {"x"}, {"s"}, {attribute("end", 1)})) == Numbers{4});
  CHECK(reshaped(node("Size", {"x"}, {"s"})) == Numbers{48});
}

TEST_CASE("filters may be made of constants") {
  const File file = {
      .nodes = {node("ConstantOfShape", {"s"}, {"w"}), node("Conv", {"x", "w"}, {"y"})},
      .inputs = {value("x", {1, 2, 3, 3})},
      .outputs = {value("y", {})},
      .initializers = {integers("s", {4}, {1, 2, 1, 1})}};
  CHECK(op_names(imported(file)) == "transpose, conv2d, transpose");
}

}  // namespace tilewright::onnx_writer
