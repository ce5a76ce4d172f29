// SPDX-License-Identifier: Apache-2.0
#include "lib/graph/model_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include <catch2/catch_test_macros.hpp>

#include "tilewright/model.h"

#include "lib/graph/builder.h"
#include "lib/graph/print.h"
#include "runtime/bytes.h"

namespace tilewright::graph {
namespace {

/// A convolution whose filter is also added to its output, so that one constant has two values.
Graph small_graph() {
  Builder builder;
  const ValueId x = builder.input(
      {.name = "image", .dtype = DType::Float32, .shape = {1, 4, 4, 2}, .quantization = {}});
  const ValueId filter = builder.constant("filter", {2, 1, 1, 2}, std::vector<float>{1, 2, 3, 4});
  const ValueId bias = builder.constant("bias", {2}, std::vector<float>{5, 6});
  const ValueId conv = *builder.add("conv", Conv2d{}, {x, filter, bias});
  const ValueId codes = builder.input({.name = "codes",
                                       .dtype = DType::Int8,
                                       .shape = {0, 3},
                                       .quantization = {{0.5F, 1, 2}, {0, 1, -1}, 1}});
  builder.output(conv);
  builder.output(*builder.add("moved", Transpose{.perm = {1, 0}}, {codes}));
  Graph graph = std::move(builder).take();
  const Constant shared = *graph.value(filter).constant;
  const ValueId again = graph.add_value(
      {{"again", DType::Float32, {1, 1, 2, 2}, {}}, Constant{shared.owner, shared.bytes}});
  Node pad{"sum", MatMul{}, {again, again}, {}};
  pad.output = graph.add_value({{"sum", DType::Float32, {1, 1, 2, 2}, {}}, std::nullopt});
  graph.nodes.push_back(pad);
  graph.outputs.push_back(pad.output);
  return graph;
}

std::vector<std::byte> bytes_of(const Graph& graph) {
  const auto written = write_model(graph);
  REQUIRE(written);
  return *written;
}

Result<Graph> read(std::span<const std::byte> bytes) {
  const Constant aligned = copy_constant(bytes);
  return read_model(aligned.bytes, aligned.owner);
}

std::string refusal(std::span<const std::byte> bytes) {
  const auto graph = read(bytes);
  return graph ? "none" : graph.error().message;
}

/// The file with a changed graph and a checksum that fits it.
std::string refusal_of_edited(const std::function<void(Graph&)>& edit) {
  Graph graph = small_graph();
  edit(graph);
  return refusal(bytes_of(graph));
}

void put_u64(std::vector<std::byte>& bytes, std::size_t offset, std::uint64_t value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(value));
}

}  // namespace

TEST_CASE("a model file holds the graph and its weights", "[graph]") {
  const Graph graph = small_graph();
  const auto again = read(bytes_of(graph));
  REQUIRE(again);
  CHECK(print(*again) == print(graph));
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    CHECK(again->values[i].spec == graph.values[i].spec);
    REQUIRE(again->values[i].constant.has_value() == graph.values[i].constant.has_value());
    if (!graph.values[i].constant) continue;
    CHECK(std::ranges::equal(again->values[i].constant->bytes, graph.values[i].constant->bytes));
  }
}

TEST_CASE("a model file read and written again is the same bytes", "[graph]") {
  const std::vector<std::byte> bytes = bytes_of(small_graph());
  CHECK(bytes_of(*read(bytes)) == bytes);
}

TEST_CASE("constants lie in the file once, aligned, and are used in place", "[graph]") {
  const Constant file = copy_constant(bytes_of(small_graph()));
  const auto graph = read_model(file.bytes, file.owner);
  REQUIRE(graph);
  const std::byte* filter = graph->values[1].constant->bytes.data();
  CHECK(filter == graph->values[6].constant->bytes.data());
  CHECK(filter >= file.bytes.data());
  CHECK(filter < file.bytes.data() + file.bytes.size());
  CHECK(reinterpret_cast<std::uintptr_t>(filter) % kTensorAlignment == 0);
  CHECK(graph->values[1].constant->owner == file.owner);
}

TEST_CASE("a model file cut anywhere is refused", "[graph]") {
  const std::vector<std::byte> bytes = bytes_of(small_graph());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(!read(std::span(bytes).first(size)));
  }
}

TEST_CASE("a changed byte is refused or lies in the weights or the padding", "[graph]") {
  const std::vector<std::byte> bytes = bytes_of(small_graph());
  const std::string text = print(small_graph());
  std::uint64_t structure_bytes = 0;
  std::memcpy(&structure_bytes, bytes.data() + 16, sizeof(structure_bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const auto flip : {std::byte{1}, std::byte{0x80}}) {
      std::vector<std::byte> changed = bytes;
      changed[i] ^= flip;
      CAPTURE(i);
      CHECK(read(changed).has_value() == (i >= 40 + structure_bytes));
    }
  }
}

TEST_CASE("every structure with a fitting checksum is checked or lawful", "[graph]") {
  const std::vector<std::byte> bytes = bytes_of(small_graph());
  std::uint64_t structure_bytes = 0;
  std::memcpy(&structure_bytes, bytes.data() + 16, sizeof(structure_bytes));
  for (std::size_t i = 40; i < 40 + structure_bytes; ++i) {
    for (const auto flip : {std::byte{1}, std::byte{0x40}, std::byte{0xFF}}) {
      std::vector<std::byte> changed = bytes;
      changed[i] ^= flip;
      put_u64(changed, 24, runtime::checksum(std::span(changed).subspan(40, structure_bytes)));
      const auto graph = read(changed);
      if (graph) CHECK(read(bytes_of(*graph)).has_value());
    }
  }
}

TEST_CASE("a model file says why it is refused", "[graph]") {
  CHECK(refusal({}) == "model file: expected a model file, got other bytes");
  std::vector<std::byte> bytes = bytes_of(small_graph());
  bytes[8] = std::byte{9};
  CHECK(refusal(bytes) == "model file: expected version 1.1, got 9.1");
  bytes = bytes_of(small_graph());
  bytes[50] ^= std::byte{1};
  CHECK(refusal(bytes) == "model file: expected the checksum of the structure, got a damaged file");
  bytes = bytes_of(small_graph());
  put_u64(bytes, 16, ~std::uint64_t{0});
  CHECK(refusal(bytes).starts_with("model file: expected 18446744073709551615 bytes of structure"));
  bytes = bytes_of(small_graph());
  put_u64(bytes, 32, 64);
  CHECK(refusal(bytes).starts_with("model file: expected 64 bytes of constants at the end, got"));
}

TEST_CASE("a lawless graph in a sound file is refused", "[graph]") {
  CHECK(refusal_of_edited([](Graph& graph) { graph.nodes[0].inputs[0] = ValueId{99}; }) ==
        "model file: node 'conv': expected a value below 8, got 99");
  CHECK(refusal_of_edited([](Graph& graph) { graph.values[1].constant.reset(); }) ==
        "model file: node 'conv': expected a value that exists before, got value 1 'filter'");
  CHECK(refusal_of_edited([](Graph& graph) {
          std::get<Conv2d>(graph.nodes[0].op).window.stride_h = 0;
        }) == "model file: node 'conv': conv2d: expected a stride over rows of at least 1, got 0");
  CHECK(refusal_of_edited([](Graph& graph) {
          graph.inputs.push_back(ValueId{1});
          graph.values[1].constant.reset();
        }) == "model file: node 'conv': conv2d: expected a constant filter, got value 1 'filter'");
}

TEST_CASE("a saved model opens from its path and from memory", "[graph]") {
  const auto folder = std::filesystem::temp_directory_path() / "tilewright_model_file_test";
  std::filesystem::create_directories(folder);
  const std::string path = folder / "small.tw";
  const Model model(std::make_shared<const Graph>(small_graph()));
  REQUIRE(model.save(path));
  const auto opened = Model::open_saved(path);
  REQUIRE(opened);
  CHECK(print(opened->graph()) == print(model.graph()));
  CHECK(opened->inputs() == model.inputs());
  CHECK(opened->inputs()[0].name == "image");
  CHECK(opened->outputs() == model.outputs());
  CHECK(opened->outputs()[1].name == "moved");
  CHECK(Model::open_saved(bytes_of(small_graph())).has_value());
  std::filesystem::remove_all(folder);
  const auto missing = Model::open_saved(path);
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::NotFound);
}

}  // namespace tilewright::graph
