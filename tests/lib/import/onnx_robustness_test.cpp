// SPDX-License-Identifier: Apache-2.0
// The broken files of the shared corpus, where it is there: each is refused by its true cause.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/lib/import/onnx_import_run.h"

namespace tilewright::onnx_writer {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(TILEWRIGHT_SOURCE_DIR) / "../shared/models";

struct Refusal {
  const char* file;
  const char* expected;  // the beginning of the message
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("broken .onnx files of the corpus are refused by their cause") {
  const Refusal refusal = GENERATE(
      Refusal{"conv_bad_group",
              "invalid_model: onnx: node 'y' (Conv): attribute 'group': expected a "
              "divisor of 4 input and 6 output channels, got 3"},
      Refusal{"cycle", "invalid_model: onnx: node 'a' (Add): expected a graph without cycles"},
      Refusal{"duplicate_output",
              "invalid_model: onnx: node 'y' (Abs): expected each value to be "
              "made once, got 'y' again"},
      Refusal{"external_data_escape",
              "invalid_model: onnx: initializer 'w': external data: expected a location below the "
              "model's folder, got '../../../../etc/hostname'"},
      Refusal{"future_opset", "unsupported: onnx: opset of ai.onnx: expected 7 to 21, got 999"},
      Refusal{"garbage", "invalid_model: onnx: byte "},
      Refusal{"initializer_negative_dim",
              "invalid_model: onnx: initializer 'w': expected extents "
              "of at least 0, got -3x4"},
      Refusal{"initializer_too_short",
              "invalid_model: onnx: initializer 'w': expected 48 bytes of "
              "raw_data for float32 3x4, got 20"},
      Refusal{"matmul_shape_mismatch",
              "invalid_model: onnx: node 'y' (MatMul): expected matrices "
              "that share an extent, got 2x5 and 3x4"},
      Refusal{"reshape_two_minus_one",
              "invalid_model: onnx: node 'y' (Reshape): 'shape': expected "
              "at most one -1"},
      Refusal{"truncated", "invalid_model: onnx: byte "},
      Refusal{"undefined_input",
              "invalid_model: onnx: node 'y' (MatMul): expected inputs that the "
              "graph makes, got 'nowhere'"},
      Refusal{"unknown_domain",
              "invalid_model: onnx: node 'y' (Relu): expected a domain that the "
              "file imports, got "},
      Refusal{"unknown_op",
              "unsupported: onnx: node 'y' (FluxCapacitor): expected an operator that "
              "Tilewright imports, got FluxCapacitor"});
  const std::filesystem::path path = kFolder / "robustness" / (std::string(refusal.file) + ".onnx");
  if (!std::filesystem::exists(path)) SKIP("no corpus at " << kFolder);
  const std::string error = import_error(read_file(path), {}, path.parent_path().string());
  CAPTURE(error);
  CHECK(error.starts_with(refusal.expected));
}

TEST_CASE("models of the corpus with other operators are refused by the operator's name") {
  const Refusal refusal =
      GENERATE(Refusal{"crnn_gru_lstm_fp32", "got GRU"}, Refusal{"silero_vad_16k_fp32", "got LSTM"},
               Refusal{"mobilenet_v2_0.35_160_qdq", "QuantizeLinear"});
  const std::filesystem::path path = kFolder / (std::string(refusal.file) + ".onnx");
  if (!std::filesystem::exists(path)) SKIP("no corpus at " << kFolder);
  const std::string error = import_error(read_file(path), {}, path.parent_path().string());
  CAPTURE(error);
  CHECK(error.starts_with("unsupported: onnx: node '"));
  CHECK(error.find(refusal.expected) != std::string::npos);
}

}  // namespace tilewright::onnx_writer
