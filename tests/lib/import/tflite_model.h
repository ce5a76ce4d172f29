// SPDX-License-Identifier: Apache-2.0
// Small .tflite files for tests: right as they are made, and easy to break in one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/import/import.h"
#include "tflite_generated.h"

namespace tilewright::importer {

namespace schema = tflite_schema;

/// A model of one subgraph. `model` is its tables: tests change them before `bytes()`.
class TfliteModel {
 public:
  TfliteModel();

  /// An input of the graph, an intermediate tensor, a constant: each gives its index.
  std::int32_t input(const std::string& name, std::vector<std::int32_t> shape,
                     schema::TensorType type = schema::TensorType::FLOAT32);
  std::int32_t tensor(const std::string& name, std::vector<std::int32_t> shape,
                      schema::TensorType type = schema::TensorType::FLOAT32);
  std::int32_t floats(const std::string& name, std::vector<std::int32_t> shape,
                      const std::vector<float>& elements);
  std::int32_t integers(const std::string& name, const std::vector<std::int32_t>& elements);
  std::int32_t scalar(const std::string& name, std::int32_t element);
  std::int32_t bytes_of(const std::string& name, std::vector<std::int32_t> shape,
                        schema::TensorType type, std::vector<std::uint8_t> bytes);
  /// A constant of zeros.
  std::int32_t zeros(const std::string& name, std::vector<std::int32_t> shape);

  /// Appends an operator.
  schema::OperatorT& op(schema::BuiltinOperator kind, std::vector<std::int32_t> inputs,
                        std::vector<std::int32_t> outputs);
  template <typename Options>
  schema::OperatorT& op(schema::BuiltinOperator kind, std::vector<std::int32_t> inputs,
                        std::vector<std::int32_t> outputs, Options options) {
    schema::OperatorT& added = op(kind, std::move(inputs), std::move(outputs));
    added.builtin_options.Set(std::move(options));
    return added;
  }
  void output(std::int32_t tensor) { graph().outputs.push_back(tensor); }
  void quantise(std::int32_t tensor, std::vector<float> scales, std::int32_t axis = 0);

  schema::SubGraphT& graph() { return *model.subgraphs[0]; }
  schema::OperatorT& op(std::size_t index) { return *graph().operators[index]; }
  schema::TensorT& at(std::int32_t tensor) {
    return *graph().tensors[static_cast<std::size_t>(tensor)];
  }

  [[nodiscard]] std::vector<std::byte> bytes() const;
  [[nodiscard]] Result<graph::Graph> import(std::span<const InputShape> shapes = {}) const;
  /// "invalid_model: tflite: ..."; "imported" if there is no error.
  [[nodiscard]] std::string error(std::span<const InputShape> shapes = {}) const;
  /// What each node computes, as `print` writes it, joined by "; "; or the error.
  [[nodiscard]] std::string nodes(std::span<const InputShape> shapes = {}) const;

  schema::ModelT model;

 private:
  std::int32_t add(const std::string& name, std::vector<std::int32_t> shape,
                   schema::TensorType type, std::uint32_t buffer);
};

/// "invalid_model: tflite: ..."; "imported" if there is no error.
[[nodiscard]] std::string error_of(std::span<const std::byte> bytes);

/// x[1, 4, 4, 2] -> CONV_2D 3 x 3, SAME, stride 2 -> RELU -> y[1, 2, 2, 3]
[[nodiscard]] TfliteModel conv_model();

/// The tensors of `conv_model`.
inline constexpr std::int32_t kX = 0, kFilter = 1, kBias = 2, kMiddle = 3, kY = 4;

}  // namespace tilewright::importer
