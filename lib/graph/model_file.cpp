// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/model_file.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "lib/graph/verify.h"
#include "runtime/op_codec.h"

namespace tilewright::graph {
namespace {

using runtime::ByteReader;
using runtime::ByteWriter;

constexpr std::string_view kMagic = "TWMODL\r\n";
constexpr std::uint64_t kHeaderBytes = 40;
constexpr auto kAlignment = static_cast<std::uint64_t>(kTensorAlignment);

// The least bytes an entry of each list takes; bounds what a reader allocates.
constexpr std::size_t kLeastValueBytes = 19;
constexpr std::size_t kLeastNodeBytes = 13;

constexpr std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// Gives each constant its place in the file; the same bytes get one place.
class ConstantPlaces {
 public:
  std::uint64_t place(std::span<const std::byte> bytes) {
    const auto [found, is_new] = places_.try_emplace({bytes.data(), bytes.size()}, size_);
    if (is_new) {
      size_ += aligned(bytes.size());
      in_order_.push_back(bytes);
    }
    return found->second;
  }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_; }
  [[nodiscard]] const std::vector<std::span<const std::byte>>& in_order() const {
    return in_order_;
  }

 private:
  std::map<std::pair<const std::byte*, std::size_t>, std::uint64_t> places_;  // looked up only
  std::vector<std::span<const std::byte>> in_order_;
  std::uint64_t size_ = 0;
};

void put_ids(ByteWriter& writer, std::span<const ValueId> ids) {
  writer.put(static_cast<std::uint32_t>(ids.size()));
  for (const ValueId id : ids)
    writer.put(id);
}

std::vector<ValueId> get_ids(ByteReader& reader) {
  std::vector<ValueId> ids(reader.get_count(sizeof(ValueId)));
  for (ValueId& id : ids)
    id = static_cast<ValueId>(reader.get<std::uint32_t>());
  return ids;
}

void put_structure(ByteWriter& writer, const Graph& graph, ConstantPlaces& places) {
  writer.put(static_cast<std::uint32_t>(graph.values.size()));
  for (const Value& value : graph.values) {
    put_spec(writer, value.spec);
    writer.put(value.constant.has_value());
    if (value.constant) writer.put(places.place(value.constant->bytes));
  }
  writer.put(static_cast<std::uint32_t>(graph.nodes.size()));
  for (const Node& node : graph.nodes) {
    writer.put_string(node.name);
    put_op(writer, node.op);
    put_ids(writer, node.inputs);
    writer.put(node.output);
  }
  put_ids(writer, graph.inputs);
  put_ids(writer, graph.outputs);
}

/// Where constants are read from.
struct ConstantSource {
  std::span<const std::byte> bytes;
  const std::shared_ptr<const void>& owner;
};

Constant get_constant(ByteReader& reader, const TensorSpec& spec, const ConstantSource& source) {
  const auto offset = reader.get<std::uint64_t>();
  const auto bytes = static_cast<std::uint64_t>(spec.size_bytes());
  if (offset % kAlignment != 0 || bytes > source.bytes.size() ||
      offset > source.bytes.size() - bytes) {
    reader.fail("an aligned constant of " + std::to_string(bytes) + " bytes inside the file's " +
                std::to_string(source.bytes.size()) + ", got offset " + std::to_string(offset));
  }
  if (reader.failed()) return {};
  return {source.owner, source.bytes.subspan(offset, bytes)};
}

Graph get_structure(ByteReader& reader, const ConstantSource& source) {
  Graph graph;
  const std::size_t values = reader.get_count(kLeastValueBytes);
  for (std::size_t i = 0; i < values && !reader.failed(); ++i) {
    Value value{get_spec(reader), std::nullopt};
    if (reader.get_bool()) value.constant = get_constant(reader, value.spec, source);
    graph.add_value(std::move(value));
  }
  const std::size_t nodes = reader.get_count(kLeastNodeBytes);
  for (std::size_t i = 0; i < nodes && !reader.failed(); ++i) {
    Node node;
    node.name = reader.get_string();
    node.op = get_op(reader);
    node.inputs = get_ids(reader);
    node.output = static_cast<ValueId>(reader.get<std::uint32_t>());
    graph.nodes.push_back(std::move(node));
  }
  graph.inputs = get_ids(reader);
  graph.outputs = get_ids(reader);
  if (reader.left() != 0) reader.fail("the end of the structure");
  return graph;
}

Error broken(const std::string& what, const std::string& got) {
  return Error{ErrorCode::InvalidModel, "model file: expected " + what + ", got " + got};
}

/// The parts of a file, inside it.
struct Sections {
  std::span<const std::byte> structure;
  std::span<const std::byte> constants;
};

Result<Sections> find_sections(std::span<const std::byte> bytes) {
  if (!is_model_file(bytes)) return broken("a model file", "other bytes");
  ByteReader header(bytes.subspan(kMagic.size()));
  const auto file_version = header.get<std::uint32_t>();
  const auto codec_version = header.get<std::uint32_t>();
  const auto structure_bytes = header.get<std::uint64_t>();
  const auto structure_sum = header.get<std::uint64_t>();
  const auto constant_bytes = header.get<std::uint64_t>();
  TILEWRIGHT_RETURN_IF_ERROR(header.status("model file"));
  if (file_version != kModelFileVersion || codec_version != runtime::kOpCodecVersion) {
    return Error{ErrorCode::Unsupported,
                 "model file: expected version " + std::to_string(kModelFileVersion) + "." +
                     std::to_string(runtime::kOpCodecVersion) + ", got " +
                     std::to_string(file_version) + "." + std::to_string(codec_version)};
  }
  const std::uint64_t after_header = bytes.size() - kHeaderBytes;
  if (structure_bytes > after_header) {
    return broken(std::to_string(structure_bytes) + " bytes of structure",
                  std::to_string(after_header));
  }
  const std::uint64_t constants_at = aligned(kHeaderBytes + structure_bytes);
  if (constants_at > bytes.size() || constant_bytes != bytes.size() - constants_at) {
    return broken(std::to_string(constant_bytes) + " bytes of constants at the end",
                  "a file of " + std::to_string(bytes.size()) + " bytes");
  }
  const Sections sections{bytes.subspan(kHeaderBytes, structure_bytes),
                          bytes.subspan(constants_at)};
  if (runtime::checksum(sections.structure) != structure_sum) {
    return broken("the checksum of the structure", "a damaged file");
  }
  return sections;
}

}  // namespace

bool is_model_file(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::ranges::equal(bytes.first(kMagic.size()), std::as_bytes(std::span(kMagic)));
}

Result<std::vector<std::byte>> write_model(const Graph& graph) {
  const std::size_t most = std::max(graph.values.size(), graph.nodes.size());
  if (most > runtime::kMaxListItems) {
    return Error{ErrorCode::ResourceExhausted,
                 "model file: expected at most " + std::to_string(runtime::kMaxListItems) +
                     " values and nodes, got " + std::to_string(most)};
  }
  ConstantPlaces places;
  ByteWriter structure;
  put_structure(structure, graph, places);

  ByteWriter file;
  file.put_bytes(std::as_bytes(std::span(kMagic)));
  file.put(kModelFileVersion);
  file.put(runtime::kOpCodecVersion);
  file.put(static_cast<std::uint64_t>(structure.size()));
  file.put(runtime::checksum(structure.bytes()));
  file.put(places.size_bytes());
  file.put_bytes(structure.bytes());
  file.pad_to(kAlignment);
  for (const std::span<const std::byte> constant : places.in_order()) {
    file.put_bytes(constant);
    file.pad_to(kAlignment);
  }
  return std::vector(file.bytes().begin(), file.bytes().end());
}

Result<Graph> read_model(std::span<const std::byte> bytes,
                         const std::shared_ptr<const void>& owner) {
  TILEWRIGHT_TRY(const Sections sections, find_sections(bytes));
  ByteReader reader(sections.structure);
  Graph graph = get_structure(reader, {sections.constants, owner});
  TILEWRIGHT_RETURN_IF_ERROR(reader.status("model file"));
  for (const auto check : {verify, verify_weights}) {
    if (const Status status = check(graph); !status) {
      return Error{status.error().code, "model file: " + status.error().message};
    }
  }
  return graph;
}

}  // namespace tilewright::graph
