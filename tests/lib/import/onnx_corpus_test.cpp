// SPDX-License-Identifier: Apache-2.0
// Whole models of the shared corpus, where it is there: each is imported with the inputs and
// outputs that its description says.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <nlohmann/json.hpp>

#include "lib/graph/verify.h"
#include "lib/import/import.h"

namespace tilewright::importer {
namespace {

using nlohmann::json;

const std::filesystem::path kCorpus =
    std::filesystem::path(TILEWRIGHT_SOURCE_DIR) / "../shared/models";

std::vector<char> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<graph::Graph> import_file(const std::filesystem::path& path,
                                 std::span<const InputShape> shapes = {}) {
  const std::vector<char> bytes = read_file(path);
  return import_onnx(std::as_bytes(std::span(bytes)),
                     {.shapes = shapes, .folder = path.parent_path().string()});
}

std::vector<InputShape> described_shapes(const json& inputs) {
  std::vector<InputShape> shapes;
  for (const json& input : inputs) {
    const auto dims = input["shape"].get<std::vector<std::int64_t>>();
    shapes.push_back({.name = input["name"], .shape = Shape(dims)});
  }
  return shapes;
}

void check_described(const graph::Graph& graph, const std::vector<graph::ValueId>& values,
                     const json& described) {
  REQUIRE(values.size() == described.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const TensorSpec& spec = graph.value(values[i]).spec;
    CHECK(spec.name == described[i]["name"].get<std::string>());
    CHECK(to_string(spec.dtype) == described[i]["dtype"].get<std::string>());
    CHECK(spec.shape == Shape(described[i]["shape"].get<std::vector<std::int64_t>>()));
  }
}

}  // namespace

TEST_CASE("models of the corpus are imported with the inputs and outputs of their description") {
  const std::string name = GENERATE(
      "deit_tiny_4l_fp32", "efficientnet_b0_w035_fp32", "fastestdet_fp32", "light_densenet121",
      "light_inception_v1", "light_resnet50", "light_shufflenet", "mobilenet_v2_0.35_160_fp32",
      "mobilenet_v3_small_0.5_fp32", "ppocrv4_rec_fp32", "randwire_ws_fp32",
      "shufflenet_v2_0.5_fp32", "squeezenet11_fp32", "ultraface_rfb320_fp32");
  CAPTURE(name);
  if (!std::filesystem::exists(kCorpus / (name + ".onnx"))) SKIP("no corpus at " << kCorpus);
  const json description = json::parse(read_file(kCorpus / (name + ".json")));
  const std::vector<InputShape> shapes = described_shapes(description["inputs"]);
  const Result<graph::Graph> graph = import_file(kCorpus / (name + ".onnx"), shapes);
  if (!graph) FAIL(graph.error().message);
  CHECK(graph::verify(*graph).has_value());
  check_described(*graph, graph->inputs, description["inputs"]);
  check_described(*graph, graph->outputs, description["outputs"]);
}

}  // namespace tilewright::importer
