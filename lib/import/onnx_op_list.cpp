// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "lib/import/onnx_check.h"
#include "lib/import/onnx_decode.h"
#include "lib/import/onnx_value_bytes.h"
#include "lib/import/op_list.h"

namespace tilewright::importer {
namespace onnx {
namespace {

/// Collects tensors by name as they are met.
class Collector {
 public:
  explicit Collector(const std::map<std::string, std::int64_t>& bytes) : bytes_(bytes) {}

  std::size_t tensor(const std::string& name) {
    const auto [entry, is_new] = positions_.emplace(name, list.tensors.size());
    if (!is_new) return entry->second;
    const auto found = bytes_.find(name);
    ListedTensor tensor{.name = name};
    tensor.constant = found == bytes_.end();
    if (!tensor.constant) tensor.bytes = found->second;
    list.tensors.push_back(std::move(tensor));
    return entry->second;
  }

  void add_once(const std::string& name, std::vector<std::size_t>& to) {
    if (name.empty()) return;
    const std::size_t position = tensor(name);
    if (std::ranges::find(to, position) == to.end()) to.push_back(position);
  }

  OpList list;

 private:
  const std::map<std::string, std::int64_t>& bytes_;
  std::map<std::string_view, std::size_t> positions_;
};

/// What no memory is planned for but makes an op wait for another: results without bytes of their
/// own, as shape arithmetic has.
void give_results_a_place(OpList& list) {
  for (const ListedOp& op : list.ops) {
    for (const std::size_t tensor : op.writes)
      list.tensors[tensor].constant = false;
  }
}

/// Bytes of the file from `begin` to before `end`.
struct Range {
  std::size_t begin = 0, end = 0;
};

/// The fields of GraphProto.node with their keys, in the file's order.
Result<std::vector<Range>> node_ranges(std::span<const std::byte> bytes) {
  std::vector<Range> ranges;
  for (WireReader reader(bytes); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number != 7) continue;
    TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, "ModelProto.graph"));
    for (WireReader graph(field); !graph.done();) {
      const std::size_t begin = graph.place();
      TILEWRIGHT_TRY(const WireField node, graph.next());
      if (node.number == 1) ranges.push_back({begin, graph.place()});
    }
  }
  return ranges;
}

}  // namespace
}  // namespace onnx

Result<OpList> onnx_op_list(std::span<const std::byte> bytes, const ImportOptions& options) {
  using BytesOfValues = std::map<std::string, std::int64_t>;
  TILEWRIGHT_TRY(const BytesOfValues value_bytes, onnx::value_bytes(bytes, options));
  TILEWRIGHT_TRY(const onnx::ModelProto model, onnx::decode_model(bytes));
  onnx::Collector collector(value_bytes);
  for (const onnx::NodeProto& node : model.graph->nodes) {
    ListedOp op{.name = onnx::describe(node)};
    for (const std::string& name : node.inputs)
      collector.add_once(name, op.reads);
    for (const std::string& name : node.outputs)
      collector.add_once(name, op.writes);
    collector.list.ops.push_back(std::move(op));
  }
  for (const onnx::ValueInfoProto& input : model.graph->inputs) {
    ListedTensor& tensor = collector.list.tensors[collector.tensor(input.name)];
    tensor.input = !tensor.constant;
  }
  for (const onnx::ValueInfoProto& output : model.graph->outputs) {
    const std::size_t position = collector.tensor(output.name);
    ListedTensor& tensor = collector.list.tensors[position];
    tensor.output = !tensor.constant;
  }
  onnx::give_results_a_place(collector.list);
  return std::move(collector.list);
}

Result<std::vector<std::byte>> onnx_in_order(std::span<const std::byte> bytes,
                                             std::span<const std::size_t> order) {
  TILEWRIGHT_TRY(const std::vector<onnx::Range> ranges, onnx::node_ranges(bytes));
  TILEWRIGHT_CHECK(order.size() == ranges.size());
  std::vector<std::byte> result;
  result.reserve(bytes.size());
  std::size_t copied = 0;
  const auto copy = [&](std::size_t begin, std::size_t end) {
    result.insert(result.end(), bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                  bytes.begin() + static_cast<std::ptrdiff_t>(end));
  };
  for (std::size_t i = 0; i < order.size(); ++i) {
    copy(copied, ranges[i].begin);
    copy(ranges[order[i]].begin, ranges[order[i]].end);
    copied = ranges[i].end;
  }
  copy(copied, bytes.size());
  return result;
}

}  // namespace tilewright::importer
