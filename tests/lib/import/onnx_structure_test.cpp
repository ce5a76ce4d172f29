// SPDX-License-Identifier: Apache-2.0
// What a file claims of itself, and the message of each claim that does not hold.
#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::onnx_writer {
namespace {

/// y = Relu(x)
File relu_file() {
  return one_node(node("Relu", {"x"}, {"y"}), {2, 3});
}

Message with_domain(Message message, std::string_view domain) {
  return message.text(7, domain);
}

}  // namespace

TEST_CASE("a file needs a graph, a format version and operator sets") {
  CHECK(import_error(Message().integer(1, 8).bytes()) ==
        "invalid_model: onnx: expected a graph, got none");
  File file = relu_file();
  file.ir_version = 2;
  CHECK(import_error(file) == "invalid_model: onnx: expected ir_version of at least 3, got 2");
  file.ir_version = 99;
  CHECK(import_error(file) == "unsupported: onnx: ir_version: expected at most 14, got 99");
  file = relu_file();
  file.domains = {};
  CHECK(import_error(file) == "invalid_model: onnx: opset_import: expected at least one, got none");
  file.domains = {"", "ai.onnx"};
  CHECK(import_error(file) ==
        "invalid_model: onnx: opset_import: expected each domain once, got 'ai.onnx' again");
  const std::string twice = write(relu_file()) + Message().message(7, {}).bytes();
  CHECK(import_error(twice).find("expected one graph, got a second one") != std::string::npos);
}

TEST_CASE("operator sets 7 to 21 are imported") {
  File file = relu_file();
  for (const int opset : {7, 21}) {
    file.opset = opset;
    CHECK(import_error(file) == "none");
  }
  file.opset = 6;
  CHECK(import_error(file) == "unsupported: onnx: opset of ai.onnx: expected 7 to 21, got 6");
  file.opset = 999;
  CHECK(import_error(file) == "unsupported: onnx: opset of ai.onnx: expected 7 to 21, got 999");
  file.opset = 0;
  CHECK(import_error(file) ==
        "invalid_model: onnx: opset_import: expected a version of at least 1 for 'ai.onnx', got 0");
}

TEST_CASE("the domain of a node must be imported, and only ONNX's own is supported") {
  File file = relu_file();
  file.nodes = {with_domain(node("Relu", {"x"}, {"y"}), "com.example")};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'n' (Relu): expected a domain that the file imports, got "
        "'com.example'");
  file.domains = {"", "com.example"};
  CHECK(import_error(file) ==
        "unsupported: onnx: node 'n' (Relu): expected an operator that Tilewright imports, got "
        "com.example.Relu");
}

TEST_CASE("every value is made once, before it is read") {
  File file = relu_file();
  file.nodes = {node("Add", {"x", "nowhere"}, {"y"})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'n' (Add): expected inputs that the graph makes, got 'nowhere'");
  file.nodes = {node("Relu", {"x"}, {"y"}), node("Abs", {"x"}, {"y"}, {}, "second")};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'second' (Abs): expected each value to be made once, got 'y' "
        "again");
  file.nodes = {node("Relu", {"x"}, {"x"})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'n' (Relu): expected each value to be made once, got 'x' again");
  file = relu_file();
  file.inputs.push_back(value("x", {2, 3}));
  CHECK(import_error(file) ==
        "invalid_model: onnx: graph input: expected each value to be made once, got 'x' again");
  file = relu_file();
  file.initializers = {counting("w", {2}), counting("w", {2})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: initializer: expected each value to be made once, got 'w' again");
  file = relu_file();
  file.outputs = {value("z", {2, 3})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: graph output 'z': expected a value that the graph makes, got none");
  file.outputs = {};
  CHECK(import_error(file) == "invalid_model: onnx: graph: expected at least one output, got none");
}

TEST_CASE("a cycle is refused by the name of a node on it") {
  File file = relu_file();
  file.nodes = {node("Add", {"x", "b"}, {"a"}, {}, "first"), node("Relu", {"a"}, {"b"}),
                node("Relu", {"b"}, {"y"})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'first' (Add): expected a graph without cycles, got one that "
        "this node is on or after");
}

TEST_CASE("nodes that stand in another order are sorted") {
  File file = relu_file();
  file.nodes = {node("Relu", {"a"}, {"y"}, {}, "last"), node("Abs", {"x"}, {"a"}, {}, "first")};
  const graph::Graph graph = imported(file);
  REQUIRE(graph.nodes.size() == 2);
  CHECK(graph.nodes[0].name == "first");
  CHECK(graph.nodes[1].name == "last");
}

TEST_CASE("attributes have different names, a type, and the type their operator reads") {
  File file = relu_file();
  const Message alpha = attribute("alpha", 0.5F);
  file.nodes = {node("LeakyRelu", {"x"}, {"y"}, {alpha, alpha})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'n' (LeakyRelu): expected attributes of different names, got "
        "'alpha' again");
  file.nodes = {node("LeakyRelu", {"x"}, {"y"}, {Message().text(1, "alpha")})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'n' (LeakyRelu): attribute 'alpha': expected a type from 1 to "
        "14, got 0");
  file.nodes = {node("LeakyRelu", {"x"}, {"y"}, {attribute("alpha", 1)})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'n' (LeakyRelu): attribute 'alpha': expected float, got int");
  file.nodes = {node("LeakyRelu", {"x"}, {"y"}, {alpha, attribute("slope", 1)})};
  CHECK(import_error(file) ==
        "unsupported: onnx: node 'n' (LeakyRelu): attribute 'slope': expected one that Tilewright "
        "knows");
}

TEST_CASE("the number of inputs is that of the operator") {
  File file = relu_file();
  file.nodes = {node("Add", {"x"}, {"y"})};
  CHECK(import_error(file) == "invalid_model: onnx: node 'n' (Add): expected 2 to 2 inputs, got 1");
  file.nodes = {node("Relu", {"x", "x"}, {"y"})};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'n' (Relu): expected 1 to 1 inputs, got 2");
  file.nodes = {node("Add", {"x", ""}, {"y"})};
  CHECK(import_error(file) == "invalid_model: onnx: node 'n' (Add): expected 2 to 2 inputs, got 1");
}

TEST_CASE("a broken node is told before one that is not supported") {
  File file = relu_file();
  file.nodes = {node("NonMaxSuppression", {"x"}, {"a"}, {}, "exotic"),
                node("Transpose", {"x"}, {"y"}, {attribute("perm", Dims{0, 0})}, "broken")};
  CHECK(import_error(file) ==
        "invalid_model: onnx: node 'broken' (Transpose): attribute 'perm': expected each of 2 "
        "dimensions once, got [0, 0]");
  file.nodes[1] = node("Add", {"x", "a"}, {"y"});
  CHECK(import_error(file) ==
        "unsupported: onnx: node 'exotic' (NonMaxSuppression): expected an operator that "
        "Tilewright imports, got NonMaxSuppression");
}

TEST_CASE("a node without a name is called by its first output") {
  File file = relu_file();
  file.nodes = {node("LSTM", {"x"}, {"y"}, {}, "")};
  CHECK(import_error(file).starts_with("unsupported: onnx: node 'y' (LSTM): "));
}

TEST_CASE("the declared type of an output is that of its value") {
  File file = relu_file();
  file.outputs = {value("y", {2, 3}, 7)};
  CHECK(import_error(file) ==
        "invalid_model: onnx: output 'y': expected float32, as the graph computes, got int64");
}

TEST_CASE("inputs, outputs, nodes and values keep the names of the file") {
  File file = relu_file();
  file.nodes = {node("Relu", {"x"}, {"middle"}, {}, "first"),
                node("Abs", {"middle"}, {"y"}, {}, "second")};
  const graph::Graph graph = imported(file);
  CHECK(graph.value(graph.inputs[0]).spec.name == "x");
  CHECK(graph.value(graph.nodes[0].output).spec.name == "middle");
  CHECK(graph.nodes[1].name == "second");
  CHECK(graph.value(graph.outputs[0]).spec.name == "y");
}

TEST_CASE("an output that is an input or a constant as well gets a value of its own") {
  File file = relu_file();
  file.nodes = {node("Identity", {"x"}, {"y"})};
  file.outputs = {value("y", {2, 3}), value("w", {2}), value("x", {2, 3})};
  file.initializers = {counting("w", {2})};
  const graph::Graph graph = imported(file);
  CHECK(op_names(graph) == "reshape, reshape, reshape");
  CHECK(graph.value(graph.outputs[0]).spec.name == "y");
  CHECK(graph.value(graph.outputs[1]).spec.name == "w");
  CHECK(graph.value(graph.inputs[0]).spec.name == "x");
}

TEST_CASE("quantisation parameters are checked though their ops are not supported") {
  const auto error = [](const Message& scale, const Message& zero_point) {
    File file = one_node(node("DequantizeLinear", {"w", "s", "z"}, {"y"}, {attribute("axis", 0)}),
                         {1}, {raw_tensor("w", {2, 2}, 3, "abcd"), scale, zero_point});
    return import_error(file);
  };
  const Message zeros = raw_tensor("z", {2}, 3, std::string(2, '\0'));
  CHECK(error(floats("s", {2}, {1, 0}), zeros) ==
        "invalid_model: onnx: node 'n' (DequantizeLinear): input 'scale': expected finite scales "
        "above 0, got 0.000000");
  CHECK(error(floats("s", {3}, {1, 1, 1}), raw_tensor("z", {3}, 3, "abc")) ==
        "invalid_model: onnx: node 'n' (DequantizeLinear): input 'scale': expected 1 or 2 scales, "
        "got 3");
  CHECK(error(floats("s", {}, {1}), zeros) ==
        "invalid_model: onnx: node 'n' (DequantizeLinear): input 'zero_point': expected the shape "
        "of 'scale', got another");
  CHECK(error(floats("s", {2}, {1, 1}), zeros)
            .starts_with("unsupported: onnx: node 'n' (DequantizeLinear): "));
}

}  // namespace tilewright::onnx_writer
