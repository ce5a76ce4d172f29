// SPDX-License-Identifier: Apache-2.0
// Any bytes are either a graph that obeys the law of graphs, or an error that says so.
#include <cstddef>
#include <cstdint>
#include <span>

#include "tilewright/detail/check.h"

#include "lib/graph/verify.h"
#include "lib/import/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tilewright;
  const auto graph = importer::import_tflite(std::as_bytes(std::span(bytes, size)), {});
  if (graph) {
    TILEWRIGHT_CHECK(graph::verify(*graph).has_value());
  } else {
    TILEWRIGHT_CHECK(graph.error().message.starts_with("tflite: "));
  }
  return 0;
}
