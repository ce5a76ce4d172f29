// SPDX-License-Identifier: Apache-2.0
// Any bytes are either refused or a graph that obeys the law and is written back as it was read.
#include <cstddef>
#include <cstdint>

#include "tilewright/detail/check.h"

#include "lib/graph/model_file.h"
#include "lib/graph/print.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tilewright::graph;
  const Constant aligned = copy_constant(std::as_bytes(std::span(bytes, size)));
  const auto graph = read_model(aligned.bytes, aligned.owner);
  if (!graph) {
    TILEWRIGHT_CHECK(!graph.error().message.empty());
    return 0;
  }
  const auto written = write_model(*graph);
  TILEWRIGHT_CHECK(written.has_value());
  const Constant again = copy_constant(*written);
  const auto reread = read_model(again.bytes, again.owner);
  TILEWRIGHT_CHECK(reread.has_value());
  TILEWRIGHT_CHECK(print(*reread) == print(*graph));
  return 0;
}
