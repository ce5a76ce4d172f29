// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/graph.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace tilewright::graph {
namespace {

/// The strictest unit that a constant is made of; an array of them is aligned like a tensor.
struct alignas(kTensorAlignment) Block {
  std::byte bytes[kTensorAlignment];
};

}  // namespace

Constant copy_constant(std::span<const std::byte> bytes) {
  const std::size_t blocks = (bytes.size() + sizeof(Block) - 1) / sizeof(Block);
  const std::shared_ptr<Block[]> memory(new Block[std::max<std::size_t>(blocks, 1)]);
  if (blocks > 0) memory[blocks - 1] = {};  // what lies behind the elements
  auto* data = reinterpret_cast<std::byte*>(memory.get());
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return Constant{.owner = memory, .bytes = {data, bytes.size()}};
}

ValueId Graph::add_value(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::add_constant(TensorSpec spec, std::span<const std::byte> bytes) {
  TILEWRIGHT_CHECK(static_cast<std::int64_t>(bytes.size()) == spec.size_bytes());
  return add_value({.spec = std::move(spec), .constant = copy_constant(bytes)});
}

Readers::Readers(const Graph& graph) : begins_(graph.values.size() + 1) {
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.inputs)
      ++begins_[index(id) + 1];
  }
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  nodes_.resize(begins_.back());
  std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId id : graph.nodes[i].inputs)
      nodes_[next[index(id)]++] = i;
  }
}

Uses uses(const Graph& graph) {
  Uses result{.readers = Readers(graph), .producer = {}};
  result.producer.resize(graph.values.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    result.producer[index(graph.nodes[i].output)] = i;
  return result;
}

std::vector<TensorSpec> input_specs(const Graph& graph, const Node& node) {
  std::vector<TensorSpec> specs;
  specs.reserve(node.inputs.size());
  for (const ValueId id : node.inputs)
    specs.push_back(graph.value(id).spec);
  return specs;
}

}  // namespace tilewright::graph
