// SPDX-License-Identifier: Apache-2.0
// Defects of a .tflite file that need no knowledge of operators.
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

const std::string kPrefix = "invalid_model: tflite: ";

}  // namespace

TEST_CASE("a .tflite file that is whole is imported", "[tflite]") {
  CHECK(conv_model().error() == "imported");
}

TEST_CASE("a .tflite file of other bytes is refused", "[tflite]") {
  CHECK(error_of({}) == kPrefix + "file: expected at least 12 bytes, got 0");
  std::vector<std::byte> bytes = conv_model().bytes();
  bytes[4] = std::byte{'X'};
  CHECK(error_of(bytes) == kPrefix + "file: expected the identifier TFL3, got other bytes");
  bytes = conv_model().bytes();
  bytes[0] = bytes[1] = bytes[2] = std::byte{0xF0};
  CHECK(error_of(bytes).starts_with(kPrefix + "file: expected a whole flatbuffer"));
}

TEST_CASE("bytes that stand at an odd address are read as well", "[tflite]") {
  const std::vector<std::byte> bytes = conv_model().bytes();
  std::vector<std::byte> shifted(bytes.size() + 1);
  std::copy(bytes.begin(), bytes.end(), shifted.begin() + 1);
  CHECK(error_of(std::span(shifted).subspan(1)) == "imported");
}

TEST_CASE("a .tflite file without a subgraph is refused", "[tflite]") {
  TfliteModel model;
  model.model.subgraphs.clear();
  CHECK(model.error() == kPrefix + "model: expected a subgraph, got none");
}

TEST_CASE("indices out of range are named", "[tflite]") {
  TfliteModel model = conv_model();
  model.op(0).opcode_index = 77;
  CHECK(model.error() == kPrefix + "operator 0: expected an operator code below 2, got 77");
  model = conv_model();
  model.op(1).inputs[0] = 999;
  CHECK(model.error() ==
        kPrefix + "operator 1 (RELU): input 0: expected a tensor below 5, got 999");
  model = conv_model();
  model.op(1).outputs[0] = -1;
  CHECK(model.error() == kPrefix + "operator 1 (RELU): output: expected a tensor below 5, got -1");
  model = conv_model();
  model.op(1).intermediates = {5};
  CHECK(model.error() ==
        kPrefix + "operator 1 (RELU): intermediates: expected a tensor below 5, got 5");
  model = conv_model();
  model.graph().inputs[0] = 6;
  CHECK(model.error() == kPrefix + "input: expected a tensor below 5, got 6");
  model = conv_model();
  model.graph().outputs[0] = -2;
  CHECK(model.error() == kPrefix + "output: expected a tensor below 5, got -2");
  model = conv_model();
  model.at(kFilter).buffer = 9999;
  CHECK(model.error() == kPrefix + "buffer 9999: expected an index below 3");
}

TEST_CASE("operators out of order and cycles are refused", "[tflite]") {
  TfliteModel model = conv_model();
  model.op(0).inputs[0] = kY;
  CHECK(model.error() ==
        kPrefix +
            "operator 0 (CONV_2D): input 0: expected what an earlier operator wrote, got "
            "tensor 4 'y': operators are out of order or form a cycle");
  model = conv_model();
  std::swap(model.graph().operators[0], model.graph().operators[1]);
  CHECK(model.error() ==
        kPrefix +
            "operator 0 (RELU): input 0: expected what an earlier operator wrote, got "
            "tensor 3 'middle': operators are out of order or form a cycle");
}

TEST_CASE("a tensor is written once, and constants and inputs never", "[tflite]") {
  TfliteModel model = conv_model();
  model.op(1).outputs[0] = kMiddle;
  CHECK(model.error() == kPrefix +
                             "operator 1 (RELU): output: expected a tensor nobody else "
                             "writes, got tensor 3 'middle', an input or written before");
  model = conv_model();
  model.op(1).outputs[0] = kBias;
  CHECK(model.error() ==
        kPrefix + "operator 1 (RELU): output: expected to write no constant, got tensor 2 'bias'");
  model = conv_model();
  model.op(1).outputs[0] = kX;
  CHECK(model.error() == kPrefix +
                             "operator 1 (RELU): output: expected a tensor nobody else "
                             "writes, got tensor 0 'x', an input or written before");
  model = conv_model();
  model.graph().inputs.push_back(kX);
  CHECK(model.error() == kPrefix +
                             "input: expected a tensor nobody else writes, got tensor 0 "
                             "'x', an input or written before");
}

TEST_CASE("an output that nobody writes is refused", "[tflite]") {
  TfliteModel model = conv_model();
  model.graph().operators.pop_back();
  CHECK(model.error() == kPrefix + "output: expected what an operator wrote, got tensor 4 'y'");
}

TEST_CASE("subgraphs besides the first are checked too", "[tflite]") {
  TfliteModel model = conv_model();
  auto second = std::make_unique<schema::SubGraphT>();
  second->outputs = {3};
  model.model.subgraphs.push_back(std::move(second));
  CHECK(model.error() == kPrefix + "subgraph 1: output: expected a tensor below 0, got 3");
}

TEST_CASE("custom options behind the flatbuffer stay within the file", "[tflite]") {
  TfliteModel model = conv_model();
  model.op(1).large_custom_options_offset = std::numeric_limits<std::uint64_t>::max();
  model.op(1).large_custom_options_size = 2;
  CHECK(model.error().starts_with(kPrefix + "operator 1 (RELU): expected custom options within"));
}

TEST_CASE("weights listed among the inputs are constants", "[tflite]") {
  TfliteModel model = conv_model();
  model.graph().inputs = {kFilter, kX, kBias};
  const Result<graph::Graph> graph = model.import();
  REQUIRE(graph);
  REQUIRE(graph->inputs.size() == 1);
  CHECK(graph->value(graph->inputs[0]).spec.name == "x");
}

TEST_CASE("names from outside keep a message on one line", "[tflite]") {
  TfliteModel model = conv_model();
  model.at(kBias).name = "two\nlines" + std::string(100, 'x');
  model.at(kBias).shape = {-3};
  CHECK(model.error() == kPrefix + "tensor 2 'two?lines" + std::string(71, 'x') +
                             "...': shape: expected extents of at least 0, got -3");
}

}  // namespace tilewright::importer
