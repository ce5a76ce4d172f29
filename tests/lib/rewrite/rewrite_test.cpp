// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/rewrite.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/graph/model_file.h"
#include "lib/graph/print.h"
#include "lib/graph/tidy.h"
#include "lib/graph/verify.h"
#include "lib/rewrite/pass.h"
#include "lib/rewrite/transposed.h"
#include "tests/lib/graph_interpreter.h"
#include "tests/lib/rewrite/random_graph.h"

namespace tilewright::rewriting {
namespace {

constexpr std::uint32_t kGraphs = 400;

std::string text(const graph::Graph& graph) {
  return graph::print(graph);
}

}  // namespace

TEST_CASE("each pass keeps what random graphs compute", "[rewrite]") {
  for (std::uint32_t seed = 0; seed < kGraphs; ++seed) {
    graph::Graph original = tests::random_graph(seed, 12);
    graph::tidy(original);
    for (const auto group : {simplifying_passes(), finishing_passes()}) {
      for (const Pass& pass : group) {
        CAPTURE(seed, pass.name);
        graph::Graph changed = original;
        REQUIRE(pass.run(changed));
        graph::tidy(changed);
        const Status status = graph::verify(changed);
        INFO(text(original) << "became\n" << text(changed));
        if (!status) FAIL(status.error().message);
        REQUIRE(graph::tests::first_difference(original, changed, seed) == "");
      }
    }
  }
}

TEST_CASE("rewriting keeps what random graphs compute", "[rewrite]") {
  for (std::uint32_t seed = 0; seed < kGraphs; ++seed) {
    const graph::Graph original = tests::random_graph(seed, 25);
    const auto rewritten = rewrite(original);
    CAPTURE(seed);
    if (!rewritten) FAIL(rewritten.error().message);
    INFO(text(original) << "became\n" << text(*rewritten));
    REQUIRE(graph::tests::first_difference(original, *rewritten, seed) == "");
    CHECK(transposed_bytes(*rewritten) <= transposed_bytes(original));
  }
}

TEST_CASE("a rewritten graph has nothing left to rewrite", "[rewrite]") {
  for (std::uint32_t seed = 0; seed < kGraphs; ++seed) {
    const auto once = rewrite(tests::random_graph(seed, 25));
    REQUIRE(once);
    const auto twice = rewrite(*once);
    REQUIRE(twice);
    CAPTURE(seed);
    CHECK(text(*twice) == text(*once));
  }
}

TEST_CASE("a rewritten graph comes back from its file as it was", "[rewrite]") {
  for (std::uint32_t seed = 0; seed < kGraphs; ++seed) {
    const auto graph = rewrite(tests::random_graph(seed, 25));
    REQUIRE(graph);
    const auto written = graph::write_model(*graph);
    REQUIRE(written);
    const graph::Constant bytes = graph::copy_constant(*written);
    const auto again = graph::read_model(bytes.bytes, bytes.owner);
    CAPTURE(seed);
    if (!again) FAIL(again.error().message);
    CHECK(text(*again) == text(*graph));
    CHECK(*graph::write_model(*again) == *written);
  }
}

}  // namespace tilewright::rewriting
