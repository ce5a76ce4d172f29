// SPDX-License-Identifier: Apache-2.0
// Real .tflite files, where the corpus of models lies beside the repository.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/graph/verify.h"
#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

const std::filesystem::path kModels =
    std::filesystem::path(TILEWRIGHT_SOURCE_DIR) / ".." / "shared" / "models";

std::vector<std::byte> read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

void require_corpus() {
  if (!std::filesystem::exists(kModels)) SKIP("no corpus at " << kModels);
}

std::vector<std::filesystem::path> tflite_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".tflite") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  REQUIRE(!files.empty());
  return files;
}

std::string specs(const graph::Graph& graph, const std::vector<graph::ValueId>& ids) {
  std::string text;
  for (const graph::ValueId id : ids)
    text += (text.empty() ? "" : ", ") + to_string(graph.value(id).spec);
  return text;
}

}  // namespace

TEST_CASE("float models of the corpus import with their inputs and outputs", "[tflite][corpus]") {
  require_corpus();
  const std::map<std::string, std::string> expected = {
      {"blazeface_short_fp16w", "float32 1x128x128x3 -> float32 1x896x16, float32 1x896x1"},
      {"deeplabv3_257_fp32", "float32 1x257x257x3 -> float32 1x257x257x21"},
      {"densenet121_w025_fp32", "float32 1x160x160x3 -> float32 1x100"},
      {"espcn_x3_fp32", "float32 1x90x120x1 -> float32 1x270x360x1"},
      {"mlperf_ad_fp32", "float32 1x640 -> float32 1x640"},
      {"mlperf_kws_fp32", "float32 1x49x10x1 -> float32 1x12"},
      {"mlperf_resnet8_fp32", "float32 1x32x32x3 -> float32 1x10"},
      {"mlperf_vww_fp32", "float32 1x96x96x3 -> float32 1x2"},
      {"mobilenet_v1_0.25_224_fp32", "float32 1x224x224x3 -> float32 1x1001"},
      {"nasnet_mobile_384_fp32", "float32 1x160x160x3 -> float32 1x100"},
      {"selfie_segmentation_fp16w", "float32 1x256x256x3 -> float32 1x256x256x1"},
      {"ultraface_rfb320_nhwc_fp32", "float32 1x240x320x3 -> float32 1x4420x4, float32 1x4420x2"},
      {"unet_160_fp32", "float32 1x160x160x3 -> float32 1x160x160x3"}};
  for (const auto& [name, shapes] : expected) {
    INFO(name);
    const Result<graph::Graph> graph = import_tflite(read(kModels / (name + ".tflite")), {});
    if (!graph) FAIL_CHECK(graph.error().message);
    if (!graph) continue;
    CHECK(graph::verify(*graph));
    CHECK(specs(*graph, graph->inputs) + " -> " + specs(*graph, graph->outputs) == shapes);
  }
}

TEST_CASE("every model of the corpus imports or names the operator that does not",
          "[tflite][corpus]") {
  require_corpus();
  const std::map<std::string, std::string> unsupported = {
      {"L2_NORMALIZATION", "operator 0 (L2_NORMALIZATION)"},
      {"deeplabv3_mnv2_513_uint8", "operator 65 (QUANTIZE)"},
      {"dtln_int8", "operator 0 (UNIDIRECTIONAL_SEQUENCE_LSTM)"},
      {"mcunet_detection_int8", "operator 0 (QUANTIZE)"},
      {"mnist_lstm_fp32", "operator 0 (UNIDIRECTIONAL_SEQUENCE_LSTM)"},
      {"mnist_lstm_int8", "operator 0 (UNIDIRECTIONAL_SEQUENCE_LSTM)"},
      {"ssd_mobilenet_v1_coco_uint8", "operator 63 (TFLite_Detection_PostProcess)"}};
  for (const std::filesystem::path& path : tflite_files(kModels)) {
    if (path.parent_path().filename() == "robustness") continue;
    INFO(path);
    const std::string error = error_of(read(path));
    const auto known = unsupported.find(path.stem().string());
    const std::string prefix =
        known == unsupported.end() ? "imported" : "unsupported: tflite: " + known->second;
    if (!error.starts_with(prefix)) FAIL_CHECK(error);
  }
}

TEST_CASE("malformed models of the corpus are refused by their true defect", "[tflite][corpus]") {
  require_corpus();
  const std::map<std::string, std::string> causes = {
      {"bad_identifier", "invalid_model: tflite: file: expected the identifier TFL3"},
      {"broadcast_incompatible",
       "invalid_model: tflite: operator 0 (ADD): binary: expected shapes that broadcast"},
      {"buffer_index_out_of_range", "invalid_model: tflite: buffer 9999: expected an index below"},
      {"conv_channel_mismatch",
       "invalid_model: tflite: operator 0 (CONV_2D): expected 1 input channels"},
      {"conv_stride_zero",
       "invalid_model: tflite: operator 0 (CONV_2D): expected stride_h of at least 1, got 0"},
      {"cycle",
       "invalid_model: tflite: operator 0 (CONV_2D): input 0: expected what an earlier operator"},
      {"empty", "invalid_model: tflite: file: expected at least 12 bytes, got 0"},
      {"flipped_bytes", "invalid_model: tflite: file: expected a whole flatbuffer"},
      {"negative_dim",
       "invalid_model: tflite: tensor 17 'functional_1/conv2d/Conv2D': shape: "
       "expected extents of at least 0, got 64x10x-4x1"},
      {"no_subgraph", "invalid_model: tflite: model: expected a subgraph, got none"},
      {"opcode_index_out_of_range",
       "invalid_model: tflite: operator 0: expected an operator code below 17, got 77"},
      {"operand_index_out_of_range",
       "invalid_model: tflite: operator 0 (ADD): input 1: expected a tensor below 3, got 999"},
      {"per_channel_scale_count",
       "invalid_model: tflite: tensor 17 'functional_1/conv2d/Conv2D': expected 1 quantisation "
       "scale or 64 (dimension 0), got 5"},
      {"person_detect_bias_axis", "invalid_model: tflite: tensor 33 "},
      {"root_offset_out_of_range", "invalid_model: tflite: file: expected a whole flatbuffer"},
      {"selfie_custom_op",
       "unsupported: tflite: operator 244 (Convolution2DTransposeBias) 'segment': custom"},
      {"size_overflow", "invalid_model: tflite: tensor 0 'tfl.input.2x1': shape: expected at most"},
      {"truncated_half", "invalid_model: tflite: file: expected a whole flatbuffer"},
      {"unknown_custom_op", "unsupported: tflite: operator 0 (NoSuchOp) "},
      {"weights_buffer_too_short",
       "invalid_model: tflite: tensor 17 'functional_1/conv2d/Conv2D': expected a buffer of 2560 "
       "bytes for INT8 64x10x4x1, got 1280"},
      {"zero_scale", "invalid_model: tflite: tensor 22 "}};
  for (const std::filesystem::path& path : tflite_files(kModels / "robustness")) {
    INFO(path);
    const std::string error = error_of(read(path));
    const auto cause = causes.find(path.stem().string());
    if (cause == causes.end() || !error.starts_with(cause->second)) FAIL_CHECK(error);
  }
}

}  // namespace tilewright::importer
