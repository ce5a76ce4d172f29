// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <map>
#include <queue>
#include <string_view>

#include "lib/import/onnx_check.h"

namespace tilewright::importer::onnx {
namespace {

/// For each node, the nodes that read its outputs (once per use), and how many of its inputs other
/// nodes make.
struct Readers {
  std::vector<std::vector<std::size_t>> of;
  std::vector<std::size_t> pending;
};

Readers find_readers(const GraphProto& graph) {
  std::map<std::string_view, std::size_t> makers;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& name : graph.nodes[i].outputs) {
      if (!name.empty()) makers.emplace(name, i);
    }
  }
  Readers readers{.of = std::vector<std::vector<std::size_t>>(graph.nodes.size()),
                  .pending = std::vector<std::size_t>(graph.nodes.size(), 0)};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& name : graph.nodes[i].inputs) {
      const auto maker = makers.find(name);
      if (maker == makers.end()) continue;
      readers.of[maker->second].push_back(i);
      ++readers.pending[i];
    }
  }
  return readers;
}

}  // namespace

Result<std::vector<std::size_t>> execution_order(const GraphProto& graph) {
  Readers readers = find_readers(graph);
  // Of the nodes that can run, the first of the file: a file in order stays as it is.
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (readers.pending[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const std::size_t reader : readers.of[node]) {
      if (--readers.pending[reader] == 0) ready.push(reader);
    }
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (readers.pending[i] == 0) continue;
    return Error{ErrorCode::InvalidModel,
                 "onnx: " + describe(graph.nodes[i]) +
                     ": expected a graph without cycles, got one that this node is on or after"};
  }
  return order;
}

}  // namespace tilewright::importer::onnx
