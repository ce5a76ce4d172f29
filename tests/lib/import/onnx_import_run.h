// SPDX-License-Identifier: Apache-2.0
// What tests ask of an import: the graph as text, or the error as text.
#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "lib/graph/graph.h"
#include "lib/import/import.h"
#include "tests/lib/import/onnx_writer.h"

namespace tilewright::onnx_writer {

/// The graph, which must be verified; fails the test with the message if there is none.
[[nodiscard]] graph::Graph imported(const File& file, std::span<const InputShape> shapes = {});

/// "invalid_model: onnx: ..."; "none" if the import succeeds.
[[nodiscard]] std::string import_error(const std::string& bytes,
                                       std::span<const InputShape> shapes = {},
                                       const std::string& folder = "");
[[nodiscard]] std::string import_error(const File& file, std::span<const InputShape> shapes = {});

/// The graph's ops in order: "transpose, conv2d, transpose".
[[nodiscard]] std::string op_names(const graph::Graph& graph);

/// The op of type T; there must be one and only one.
template <typename T>
[[nodiscard]] T only(const graph::Graph& graph) {
  std::optional<T> found;
  for (const graph::Node& node : graph.nodes) {
    const T* op = std::get_if<T>(&node.op);
    if (op == nullptr) continue;
    if (found) throw std::logic_error("two ops of this type");
    found = *op;
  }
  return found.value();
}

/// The elements of the constants, in the order in which nodes read them.
[[nodiscard]] std::vector<std::vector<double>> constants(const graph::Graph& graph);

/// The elements of a value that import knew: the constant behind the only output.
[[nodiscard]] std::vector<double> known_output(const graph::Graph& graph);

/// A file with one node, that reads "x" of `x_dims` and the initializers, and makes "y".
[[nodiscard]] File one_node(const Message& node, const Dims& x_dims,
                            const std::vector<Message>& initializers = {}, int opset = 13);

}  // namespace tilewright::onnx_writer
