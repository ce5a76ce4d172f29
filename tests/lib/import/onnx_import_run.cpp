// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/import/onnx_import_run.h"

#include <catch2/catch_test_macros.hpp>

#include "kernels/op_rules.h"
#include "lib/graph/verify.h"
#include "lib/import/onnx_tensor.h"

namespace tilewright::onnx_writer {
namespace {

std::vector<double> elements(const graph::Graph& graph, graph::ValueId id) {
  const graph::Value& value = graph.value(id);
  return importer::reals({.dtype = value.spec.dtype,
                          .shape = value.spec.shape,
                          .owner = nullptr,
                          .bytes = value.constant->bytes});
}

Result<graph::Graph> run(const std::string& bytes, std::span<const InputShape> shapes,
                         const std::string& folder) {
  return importer::import_onnx(std::as_bytes(std::span(bytes)),
                               {.shapes = shapes, .folder = folder});
}

}  // namespace

graph::Graph imported(const File& file, std::span<const InputShape> shapes) {
  Result<graph::Graph> graph = run(write(file), shapes, "");
  if (!graph) FAIL(graph.error().message);
  const Status valid = graph::verify(*graph);
  if (!valid) FAIL(valid.error().message);
  return *std::move(graph);
}

std::string import_error(const std::string& bytes, std::span<const InputShape> shapes,
                         const std::string& folder) {
  const Result<graph::Graph> graph = run(bytes, shapes, folder);
  if (graph) return "none";
  return std::string(to_string(graph.error().code)) + ": " + graph.error().message;
}

std::string import_error(const File& file, std::span<const InputShape> shapes) {
  return import_error(write(file), shapes);
}

std::string op_names(const graph::Graph& graph) {
  std::string names;
  for (const graph::Node& node : graph.nodes) {
    if (!names.empty()) names += ", ";
    names += kernels::op_name(node.op);
  }
  return names;
}

std::vector<std::vector<double>> constants(const graph::Graph& graph) {
  std::vector<std::vector<double>> found;
  for (const graph::Node& node : graph.nodes) {
    for (const graph::ValueId id : node.inputs) {
      if (graph.is_constant(id)) found.push_back(elements(graph, id));
    }
  }
  return found;
}

std::vector<double> known_output(const graph::Graph& graph) {
  REQUIRE(op_names(graph) == "reshape");
  return elements(graph, graph.nodes[0].inputs[0]);
}

File one_node(const Message& node, const Dims& x_dims, const std::vector<Message>& initializers,
              int opset) {
  return {.nodes = {node},
          .inputs = {value("x", x_dims)},
          .outputs = {value("y", {})},
          .initializers = initializers,
          .opset = opset};
}

}  // namespace tilewright::onnx_writer
