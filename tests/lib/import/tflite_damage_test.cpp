// SPDX-License-Identifier: Apache-2.0
// A damaged .tflite file gives an error or a graph, never a crash.
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "lib/graph/verify.h"
#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

/// Imports a copy of exactly these bytes, so that a sanitizer sees every read behind them.
void import_copy(std::span<const std::byte> bytes) {
  const std::vector<std::byte> copy(bytes.begin(), bytes.end());
  const Result<graph::Graph> graph = import_tflite(copy, {});
  if (graph) {
    CHECK(graph::verify(*graph));
  } else {
    CHECK(graph.error().message.starts_with("tflite: "));
  }
}

}  // namespace

TEST_CASE("a .tflite file cut at any length is refused or imported", "[tflite]") {
  const std::vector<std::byte> whole = conv_model().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size)
    import_copy(std::span(whole).first(size));
}

TEST_CASE("a .tflite file with any byte changed is refused or imported", "[tflite]") {
  const std::vector<std::byte> whole = conv_model().bytes();
  for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::vector<std::byte> damaged = whole;
      damaged[at] ^= static_cast<std::byte>(flip);
      import_copy(damaged);
    }
  }
}

TEST_CASE("a .tflite file with many bytes changed is refused or imported", "[tflite]") {
  const std::vector<std::byte> whole = conv_model().bytes();
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> damaged = whole;
    for (std::uint32_t i = 0; i < 1 + random() % 8; ++i)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    import_copy(damaged);
  }
}

}  // namespace tilewright::importer
