// SPDX-License-Identifier: Apache-2.0
#include "tests/lib/graph_interpreter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "lib/rewrite/evaluate.h"

namespace tilewright::graph::tests {
namespace {

void fill(const TensorSpec& spec, std::vector<std::byte>& bytes, std::mt19937& random) {
  std::normal_distribution<float> normal(0, 1);
  std::uniform_int_distribution<int> small(0, 3);
  const auto write = [&](auto make) {
    using T = decltype(make());
    for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
      const T element = make();
      std::memcpy(bytes.data() + i, &element, sizeof(T));
    }
  };
  switch (spec.dtype) {
    case DType::Float32:
      return write([&] { return normal(random); });
    case DType::Float64:
      return write([&] { return static_cast<double>(normal(random)); });
    case DType::Int64:
      return write([&] { return static_cast<std::int64_t>(small(random)); });
    case DType::Int32:
      return write([&] { return static_cast<std::int32_t>(small(random)); });
    case DType::Int16:
    case DType::Float16:
      return write([&] { return static_cast<std::int16_t>(small(random)); });
    case DType::Int8:
    case DType::UInt8:
      return write([&] { return static_cast<std::uint8_t>(random() & 0xffU); });
    case DType::Bool:
      return write([&] { return static_cast<std::uint8_t>(small(random) & 1); });
  }
}

std::string difference(const TensorSpec& spec, const Elements& expected, const Elements& actual,
                       double tolerance) {
  if (spec.dtype != DType::Float32) {
    return std::ranges::equal(expected.bytes, actual.bytes) ? "" : "integers differ";
  }
  const auto count = static_cast<std::size_t>(spec.shape.elements());
  const auto* left = reinterpret_cast<const float*>(expected.bytes.data());
  const auto* right = reinterpret_cast<const float*>(actual.bytes.data());
  double largest = 1;
  for (std::size_t i = 0; i < count; ++i) {
    if (std::isfinite(left[i])) largest = std::max(largest, std::abs(static_cast<double>(left[i])));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const bool same = left[i] == right[i] || (std::isnan(left[i]) && std::isnan(right[i])) ||
                      std::abs(static_cast<double>(left[i]) - static_cast<double>(right[i])) <=
                          tolerance * largest;
    if (!same) {
      return "element " + std::to_string(i) + ": expected " + std::to_string(left[i]) + ", got " +
             std::to_string(right[i]);
    }
  }
  return "";
}

}  // namespace

std::vector<Elements> random_inputs(const Graph& graph, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Elements> inputs;
  for (const ValueId id : graph.inputs) {
    const TensorSpec& spec = graph.value(id).spec;
    std::vector<std::byte> bytes(static_cast<std::size_t>(spec.size_bytes()));
    fill(spec, bytes, random);
    inputs.push_back(copy_constant(bytes));
  }
  return inputs;
}

std::vector<Elements> interpret(const Graph& graph, std::span<const Elements> inputs) {
  std::vector<Elements> values(graph.values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (graph.values[i].constant) values[i] = *graph.values[i].constant;
  }
  TILEWRIGHT_CHECK(inputs.size() == graph.inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    values[index(graph.inputs[i])] = inputs[i];
  for (const Node& node : graph.nodes) {
    const std::vector<TensorSpec> specs = input_specs(graph, node);
    std::vector<Elements> aligned;  // constants of a graph need not be
    std::vector<const std::byte*> src;
    for (const ValueId id : node.inputs) {
      aligned.push_back(copy_constant(values[index(id)].bytes));
      src.push_back(aligned.back().bytes.data());
    }
    const auto result = rewriting::evaluate({node.op, specs, graph.value(node.output).spec}, src);
    TILEWRIGHT_CHECK(result.has_value());
    values[index(node.output)] = *result;
  }
  std::vector<Elements> outputs;
  for (const ValueId id : graph.outputs)
    outputs.push_back(values[index(id)]);
  return outputs;
}

std::string first_difference(const Graph& expected, const Graph& actual, std::uint32_t seed,
                             double tolerance) {
  const std::vector<Elements> inputs = random_inputs(expected, seed);
  const std::vector<Elements> left = interpret(expected, inputs);
  const std::vector<Elements> right = interpret(actual, inputs);
  if (left.size() != right.size()) return "the number of outputs differs";
  for (std::size_t i = 0; i < left.size(); ++i) {
    const TensorSpec& spec = expected.value(expected.outputs[i]).spec;
    const TensorSpec& other = actual.value(actual.outputs[i]).spec;
    if (spec.shape != other.shape || spec.dtype != other.dtype || spec.name != other.name) {
      return "output " + std::to_string(i) + ": expected " + spec.name + " " + to_string(spec) +
             ", got " + other.name + " " + to_string(other);
    }
    const std::string text = difference(spec, left[i], right[i], tolerance);
    if (!text.empty()) return "output " + std::to_string(i) + ", " + text;
  }
  return "";
}

}  // namespace tilewright::graph::tests
