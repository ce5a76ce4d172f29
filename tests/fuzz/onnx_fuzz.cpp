// SPDX-License-Identifier: Apache-2.0
// Any bytes are either an .onnx file, whose graph then keeps the law, or an error that says why
// not.
#include <cstddef>
#include <cstdint>
#include <span>

#include "tilewright/detail/check.h"

#include "lib/graph/verify.h"
#include "lib/import/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tilewright;
  const Result<graph::Graph> graph =
      importer::import_onnx(std::as_bytes(std::span(bytes, size)), importer::ImportOptions{});
  if (!graph) {
    TILEWRIGHT_CHECK(!graph.error().message.empty());
    return 0;
  }
  TILEWRIGHT_CHECK(graph::verify(*graph).has_value());
  return 0;
}
