// SPDX-License-Identifier: Apache-2.0
// Models of every format, from files and from memory, and the short way to a session.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tilewright/tilewright.h"

namespace tilewright::tests {
namespace {

std::string digits(const std::string& format) {
  return TILEWRIGHT_SOURCE_DIR "/examples/digits/digits." + format;
}

std::vector<std::byte> contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// Scores of a flat image; both files of the digits hold the same network.
std::vector<float> scores(const Model& model) {
  const auto plan = compile(model);
  if (!plan) FAIL(plan.error().message);
  auto session = Session::create(*plan);
  REQUIRE(session);
  std::ranges::fill(*session->input("image").as<float>(), 0.25F);
  REQUIRE(session->run());
  const auto view = session->output(0).as<const float>();
  return {view->begin(), view->end()};
}

bool close(const std::vector<float>& a, const std::vector<float>& b) {
  return std::ranges::equal(a, b, [](float x, float y) { return std::abs(x - y) < 1e-5F; });
}

}  // namespace

TEST_CASE("a model is the same from a file, from memory and saved") {
  for (const std::string format : {"onnx", "tflite"}) {
    CAPTURE(format);
    const auto from_file = Model::load(digits(format));
    REQUIRE(from_file);
    const std::vector<float> expected = scores(*from_file);
    const auto from_memory = Model::load(contents(digits(format)));
    REQUIRE(from_memory);
    CHECK(scores(*from_memory) == expected);
    const std::string path =
        (std::filesystem::temp_directory_path() / ("tilewright_load_test_" + format)).string();
    REQUIRE(from_file->save(path));
    for (const auto& saved : {Model::load(path), Model::open_saved(path),
                              Model::load(contents(path)), Model::open_saved(contents(path))}) {
      REQUIRE(saved);
      CHECK(saved->inputs() == from_file->inputs());
      CHECK(scores(*saved) == expected);
    }
    std::filesystem::remove(path);
  }
  CHECK(close(scores(*Model::load(digits("onnx"))), scores(*Model::load(digits("tflite")))));
}

TEST_CASE("a free batch is 1, or what the caller says") {
  CHECK(Model::load(digits("onnx"))->inputs()[0].shape == Shape{1, 1, 8, 8});
  const auto wide = Model::load(digits("onnx"), {.shapes = {{"image", {3, 1, 8, 8}}}});
  REQUIRE(wide);
  CHECK(wide->outputs()[0].shape == Shape{3, 10});
  CHECK(scores(*wide).size() == 30);
}

TEST_CASE("a session opens from a path in one call") {
  auto session = Session::open(digits("tflite"), {.threads = 2});
  REQUIRE(session);
  CHECK(session->run());
}

TEST_CASE("what cannot be loaded says why") {
  CHECK(Model::load(std::string("/nonexistent.onnx")).error().code == ErrorCode::NotFound);
  CHECK(Session::open("/nonexistent.onnx").error().code == ErrorCode::NotFound);
  CHECK(Session::open(digits("onnx"), {.threads = 0}).error().code == ErrorCode::InvalidArgument);
  CHECK(Model::load(contents(TILEWRIGHT_SOURCE_DIR "/README.md")).error().code ==
        ErrorCode::InvalidModel);
  CHECK(Model::open_saved(digits("onnx")).error().code == ErrorCode::InvalidModel);
}

}  // namespace tilewright::tests
