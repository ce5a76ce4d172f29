// SPDX-License-Identifier: Apache-2.0
// Random graphs through the whole compiler: plans that pass their judge and compute what the graphs
// mean.
#include <catch2/catch_test_macros.hpp>

#include "lib/rewrite/rewrite.h"
#include "lib/step_check.h"
#include "tests/lib/network_run.h"
#include "tests/lib/rewrite/random_graph.h"

namespace tilewright::tests {

TEST_CASE("random graphs compile to plans that compute them") {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    const auto graph = rewrite(rewriting::tests::random_graph(seed, 8));
    REQUIRE(graph);
    const Compilation compilation = compiled(
        *graph,
        {.threads = static_cast<std::int32_t>(seed % 3 + 1), .preserve_inputs = seed % 2 == 0});
    CHECK(compilation.solution.order_proven_optimal);
    check_outputs(*graph, compilation, 1e-3);
    const auto errors = check_steps(compilation, seed);
    REQUIRE(errors);
    for (const StepError& error : *errors) {
      CAPTURE(error.name, error.kernel, error.max_rel, error.tolerance);
      CHECK(error.passed);
    }
  }
}

}  // namespace tilewright::tests
