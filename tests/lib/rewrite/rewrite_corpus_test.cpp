// SPDX-License-Identifier: Apache-2.0
// Whole models of the shared corpus, where it is there: what rewriting must leave of each.
#include <filesystem>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "lib/import/import.h"
#include "lib/rewrite/edit.h"
#include "lib/rewrite/rewrite.h"
#include "runtime/file_io.h"
#include "tests/lib/graph_interpreter.h"

namespace tilewright::rewriting {
namespace {

const std::filesystem::path kCorpus =
    std::filesystem::path(TILEWRIGHT_SOURCE_DIR) / "../shared/models";

/// A model with the number of nodes that may remain, and of transposes that stand neither at an
/// input nor at an output of the graph.
struct Remainder {
  std::string file;
  std::size_t nodes = 0;
  std::size_t inner_transposes = 0;
};

graph::Graph import_file(const std::string& file) {
  const std::string path = kCorpus / file;
  const auto bytes = runtime::read_file(path, importer::kMaxModelBytes);
  REQUIRE(bytes);
  auto graph = importer::import_model(*bytes, {.folder = kCorpus});
  if (!graph) FAIL(graph.error().message);
  return *std::move(graph);
}

graph::Graph rewritten(const graph::Graph& graph) {
  auto result = rewrite(graph);
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

std::size_t count_inner_transposes(const graph::Graph& graph) {
  std::size_t count = 0;
  for (const graph::Node& node : graph.nodes) {
    if (!std::holds_alternative<Transpose>(node.op)) continue;
    const bool at_end =
        is_graph_input(graph, node.inputs[0]) || is_graph_output(graph, node.output);
    if (!at_end) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("rewriting leaves transposes at the ends of a model and in attention", "[rewrite]") {
  // The transposes of attention are products of other dimensions than the file's.
  const auto model = GENERATE(
      Remainder{"deit_tiny_4l_fp32.onnx", 258, 16},
      Remainder{"densenet121_w025_fp32.tflite", 309, 0},
      Remainder{"efficientnet_b0_w035_fp32.onnx", 121, 0},
      Remainder{"fastestdet_fp32.onnx", 121, 0}, Remainder{"light_densenet121.onnx", 434, 0},
      Remainder{"light_inception_v1.onnx", 86, 0}, Remainder{"light_resnet50.onnx", 59, 0},
      Remainder{"light_shufflenet.onnx", 80, 0}, Remainder{"mlperf_resnet8_fp32.tflite", 13, 0},
      Remainder{"mobilenet_v2_0.35_160_fp32.onnx", 57, 0},
      Remainder{"mobilenet_v3_small_0.5_fp32.onnx", 85, 0},
      Remainder{"randwire_ws_fp32.onnx", 139, 0}, Remainder{"shufflenet_v2_0.5_fp32.onnx", 104, 0},
      Remainder{"squeezenet11_fp32.onnx", 41, 0}, Remainder{"ultraface_rfb320_fp32.onnx", 80, 0});
  CAPTURE(model.file);
  if (!std::filesystem::exists(kCorpus / model.file)) SKIP("no corpus at " << kCorpus);
  const graph::Graph graph = rewritten(import_file(model.file));
  CHECK(graph.nodes.size() <= model.nodes);
  CHECK(count_inner_transposes(graph) <= model.inner_transposes);
}

TEST_CASE("rewriting keeps what whole models compute", "[rewrite]") {
  const std::string file =
      GENERATE("mlperf_kws_fp32.tflite", "mlperf_resnet8_fp32.tflite",
               "shufflenet_v2_0.5_fp32.onnx", "mobilenet_v3_small_0.5_fp32.onnx");
  CAPTURE(file);
  if (!std::filesystem::exists(kCorpus / file)) SKIP("no corpus at " << kCorpus);
  const graph::Graph graph = import_file(file);
  CHECK(graph::tests::first_difference(graph, rewritten(graph), 3) == "");
}

}  // namespace tilewright::rewriting
