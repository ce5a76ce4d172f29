// SPDX-License-Identifier: Apache-2.0
// Which format a file has is told by its content.
#include <span>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "lib/import/import.h"
#include "tests/lib/import/onnx_writer.h"

namespace tilewright::importer {
namespace {

using namespace std::string_literals;

std::string model_error(const std::string& bytes) {
  const Result<graph::Graph> graph = import_model(std::as_bytes(std::span(bytes)), {});
  if (graph) return "none";
  return std::string(to_string(graph.error().code)) + ": " + graph.error().message;
}

const std::string kExpected =
    "invalid_model: model: expected .tflite ('TFL3' at byte 4) or .onnx (a ModelProto), got ";

}  // namespace

TEST_CASE("a ModelProto goes to the importer of .onnx") {
  using namespace onnx_writer;
  CHECK(model_error(write({.nodes = {node("Relu", {"x"}, {"y"})},
                           .inputs = {value("x", {2})},
                           .outputs = {value("y", {2})}})) == "none");
  CHECK(model_error("\x08\x08").starts_with("invalid_model: onnx: "));
}

TEST_CASE("bytes with the identifier TFL3 go to the importer of .tflite") {
  CHECK(model_error("\x1c\0\0\0TFL3"s).starts_with("invalid_model: tflite: "));
}

TEST_CASE("any other bytes are refused with how they begin") {
  CHECK(model_error("") == kExpected + "no bytes");
  CHECK(model_error("PK\x03\x04") == kExpected + "a file that begins with 50 4b 03 04");
  CHECK(model_error("\x1c\0\0\0TFL9...."s) ==
        kExpected + "a file that begins with 1c 00 00 00 54 46 4c 39");
  CHECK(model_error("\x08\0\0\0TFL9"s) ==
        kExpected + "a file that begins with 08 00 00 00 54 46 4c 39");
}

}  // namespace tilewright::importer
