// SPDX-License-Identifier: Apache-2.0
// Two nodes that compute the same of the same inputs become one.
#include <map>
#include <string>

#include "lib/rewrite/edit.h"
#include "lib/rewrite/passes.h"
#include "runtime/op_codec.h"

namespace tilewright::rewriting {
namespace {

using graph::Graph;
using graph::Node;
using graph::ValueId;

/// The op and its inputs as bytes; constants count by what they hold.
std::string key_of(const Graph& graph, const Node& node) {
  runtime::ByteWriter writer;
  runtime::put_op(writer, node.op);
  for (const ValueId id : node.inputs) {
    const graph::Value& value = graph.value(id);
    writer.put(value.constant ? ~std::uint64_t{0} : std::uint64_t{index(id)});
    if (!value.constant) continue;
    runtime::put_spec(writer, {"", value.spec.dtype, value.spec.shape, value.spec.quantization});
    writer.put_bytes(value.constant->bytes);
  }
  return {reinterpret_cast<const char*>(writer.bytes().data()), writer.bytes().size()};
}

/// Nodes with large constants are not worth the comparison: nobody computes a layer twice.
constexpr std::int64_t kComparedBytes = 1 << 12;

bool is_comparable(const Graph& graph, const Node& node) {
  std::int64_t constant_bytes = 0;
  for (const ValueId id : node.inputs) {
    if (graph.is_constant(id)) constant_bytes += graph.value(id).spec.size_bytes();
  }
  return constant_bytes <= kComparedBytes;
}

}  // namespace

Result<bool> merge_equal_nodes(Graph& graph) {
  bool any_changed = false;
  std::map<std::string, ValueId> seen;
  for (const Node& node : graph.nodes) {
    if (!is_comparable(graph, node)) continue;
    const auto [first, is_new] = seen.try_emplace(key_of(graph, node), node.output);
    if (!is_new && replace_value(graph, node.output, first->second)) any_changed = true;
  }
  return any_changed;
}

}  // namespace tilewright::rewriting
