// SPDX-License-Identifier: Apache-2.0
// Layers that really run, shared in two ways.
#include "lib/share_trials.h"

#include <cmath>

#include <catch2/catch_test_macros.hpp>

#include "lib/share_search.h"
#include "tests/lib/network_run.h"

namespace tilewright::tests {

using runtime::CutAxis;
using runtime::Sharing;

TEST_CASE("a layer is compared with itself, shared in any way") {
  for (const graph::Graph& graph : {heavy_network(), one_pixel_network()}) {
    const Program program = lower(graph);
    const auto candidates = kernel_candidates(program.ops[0], runtime::supported_isas(), {});
    REQUIRE(candidates);
    KernelChoice choice = best_candidate(*candidates);
    ShareTrials trials(2, 1 << 20);
    for (const double seconds : {20e-6, 500e-6}) {
      choice.log_seconds = std::log(seconds);
      for (const Sharing& sharing :
           {Sharing{1, 1, CutAxis::Rows}, Sharing{2, 2, CutAxis::Rows},
            Sharing{2, 8, CutAxis::Rows}, Sharing{2, 4, CutAxis::Columns}}) {
        const auto ratio = trials.compare(program.ops[0], choice, {1, 1, CutAxis::Rows}, sharing);
        REQUIRE(ratio);
        CHECK(std::isfinite(ratio->log_ratio));
        CHECK((ratio->blocks == 5 || (ratio->blocks == 1 && ratio->log_ratio >= kMuchSlower)));
        const auto look = trials.look(program.ops[0], choice, {1, 1, CutAxis::Rows}, sharing);
        REQUIRE(look);
        CHECK(std::isfinite(look->log_ratio));
        CHECK(look->blocks == 1);
      }
    }
  }
}

TEST_CASE("the search of a long layer makes fewer runs") {
  CHECK(ShareTrials::search_seconds(20e-6) > 100 * 20e-6);
  CHECK(ShareTrials::search_seconds(1e-3) < 100 * 1e-3);
  CHECK(6 * ShareTrials::look_seconds(1e-3) == ShareTrials::search_seconds(1e-3));
}

}  // namespace tilewright::tests
