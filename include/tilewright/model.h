// SPDX-License-Identifier: Apache-2.0
// A loaded network: immutable, cheap to copy, shared by everything compiled from it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tilewright/status.h"
#include "tilewright/tensor.h"

namespace tilewright {

namespace graph {
struct Graph;
}

/// The shape of one input, named as in the file or by its index ("0"), for files that leave
/// dimensions free. A free batch dimension that nobody sets is 1.
struct InputShape {
  std::string name;
  Shape shape;
};

struct ModelOptions {
  std::vector<InputShape> shapes;
};

class Model {
 public:
  /// Reads a .tflite, .onnx or saved model (.tw), told apart by content. Component:
  /// `tilewright::tilewright`.
  ///
  /// Errors: NotFound, IoError; InvalidModel, with place and defect; Unsupported, naming op, node
  /// and attribute.
  [[nodiscard]] static Result<Model> load(const std::string& path,
                                          const ModelOptions& options = {});

  /// The same from memory (an Android asset, an embedded array). `bytes` may go away after the
  /// call.
  [[nodiscard]] static Result<Model> load(std::span<const std::byte> bytes,
                                          const ModelOptions& options = {});

  /// Reads what `save` wrote; needs no importer. Component: `tilewright::device`.
  [[nodiscard]] static Result<Model> open_saved(const std::string& path);
  [[nodiscard]] static Result<Model> open_saved(std::span<const std::byte> bytes);

  /// Writes the rewritten graph and its weights, atomically. Errors: IoError; the old file is then
  /// as it was.
  [[nodiscard]] Status save(const std::string& path) const;

  /// Inputs and outputs in the file's own order, names, shapes and layouts.
  [[nodiscard]] std::vector<TensorSpec> inputs() const;
  [[nodiscard]] std::vector<TensorSpec> outputs() const;

  /// For the library's own parts: the graph after rewriting.
  explicit Model(std::shared_ptr<const graph::Graph> graph) : graph_(std::move(graph)) {}
  [[nodiscard]] const graph::Graph& graph() const { return *graph_; }

 private:
  std::shared_ptr<const graph::Graph> graph_;  // shared by all copies of the model
};

}  // namespace tilewright
