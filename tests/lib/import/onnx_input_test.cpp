// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::onnx_writer {
namespace {

/// y = Relu(x), of an input that the caller describes.
File with_input(const Message& input) {
  return {.nodes = {node("Relu", {"x"}, {"y"})}, .inputs = {input}, .outputs = {value("y", {})}};
}

Shape input_shape(const File& file, std::span<const InputShape> shapes = {}) {
  const graph::Graph graph = imported(file, shapes);
  return graph.value(graph.inputs[0]).spec.shape;
}

}  // namespace

TEST_CASE("a free first dimension is 1") {
  CHECK(input_shape(with_input(value("x", {-1, 3}))) == Shape{1, 3});
  CHECK(input_shape(with_input(value("x", {0, 3}))) == Shape{1, 3});
  CHECK(input_shape(with_input(symbolic_value("x", {"batch", "3"}))) == Shape{1, 3});
  CHECK(input_shape(with_input(symbolic_value("x", {"", "3"}))) == Shape{1, 3});
}

TEST_CASE("any other free dimension must be set by the caller") {
  const File file = with_input(symbolic_value("x", {"batch", "3", "width"}));
  CHECK(import_error(file) ==
        "invalid_argument: onnx: input 'x': expected an extent for free dimension 2 ('width'), got "
        "none; set it with --shape x=batchx3xwidth");
  CHECK(import_error(with_input(value("x", {1, -1}))) ==
        "invalid_argument: onnx: input 'x': expected an extent for free dimension 1, got none; set "
        "it with --shape x=1x?");
  const std::vector<InputShape> by_name = {{.name = "x", .shape = {2, 3, 5}}};
  CHECK(input_shape(file, by_name) == Shape{2, 3, 5});
  const std::vector<InputShape> by_index = {{.name = "0", .shape = {2, 3, 7}}};
  CHECK(input_shape(file, by_index) == Shape{2, 3, 7});
}

TEST_CASE("a shape of the caller must fit the file") {
  const File file = with_input(value("x", {-1, 3}));
  const std::vector<InputShape> other = {{.name = "x", .shape = {1, 4}}};
  CHECK(import_error(file, other) ==
        "invalid_argument: onnx: input 'x': expected a shape like ?x3, got 1x4");
  const std::vector<InputShape> longer = {{.name = "x", .shape = {1, 3, 1}}};
  CHECK(import_error(file, longer) ==
        "invalid_argument: onnx: input 'x': expected a shape like ?x3, got 1x3x1");
  const std::vector<InputShape> unknown = {{.name = "image", .shape = {1, 3}}};
  CHECK(import_error(file, unknown) ==
        "invalid_argument: onnx: shape of 'image': expected the name or index of one of 1 inputs");
  const std::vector<InputShape> negative = {{.name = "x", .shape = {-1, 3}}};
  CHECK(import_error(file, negative).starts_with("invalid_argument: onnx: input 'x': shape: "));
}

TEST_CASE("a named dimension that is set for one input is set for all") {
  File file = {.nodes = {node("Add", {"x", "z"}, {"y"})},
               .inputs = {symbolic_value("x", {"batch", "3"}), symbolic_value("z", {"batch", "3"})},
               .outputs = {value("y", {})}};
  const std::vector<InputShape> shapes = {{.name = "x", .shape = {4, 3}}};
  const graph::Graph graph = imported(file, shapes);
  CHECK(graph.value(graph.inputs[1]).spec.shape == Shape{4, 3});
}

TEST_CASE("an input without a shape, or of a type that is no tensor, is refused") {
  CHECK(import_error(with_input(Message().text(1, "x"))) ==
        "unsupported: onnx: input 'x': expected a tensor, got another type");
  const Message bare =
      Message().text(1, "x").message(2, Message().message(1, Message().integer(1, 1)));
  CHECK(import_error(with_input(bare)) ==
        "invalid_argument: onnx: input 'x': expected a shape, got none; set it with --shape "
        "x=...");
  CHECK(import_error(with_input(value("x", {2}, 16))) ==
        "unsupported: onnx: input 'x': expected an element type Tilewright has, got bfloat16");
  CHECK(import_error(with_input(value("x", {2}, 99))) ==
        "unsupported: onnx: input 'x': expected an element type Tilewright has, got type 99");
  CHECK(import_error(with_input(value("x", {1, -7}))) ==
        "invalid_model: onnx: input 'x': expected extents of at least -1, got 1x-7");
  CHECK(import_error(with_input(value("x", Dims(9, 1)))) ==
        "unsupported: onnx: input 'x': expected at most 8 dimensions, got 9");
  CHECK(import_error(with_input(value("x", {1 << 30, 1 << 30})))
            .starts_with("invalid_model: onnx: input 'x': shape: expected at most"));
}

TEST_CASE("an initializer that is listed among the inputs is none") {
  File file = with_input(value("x", {2, 3}));
  file.nodes = {node("Add", {"x", "w"}, {"y"})};
  file.inputs.push_back(value("w", {2, 3}));
  file.initializers = {counting("w", {2, 3})};
  CHECK(imported(file).inputs.size() == 1);
}

}  // namespace tilewright::onnx_writer
