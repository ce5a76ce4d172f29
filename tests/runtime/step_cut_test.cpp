// SPDX-License-Identifier: Apache-2.0
// Along what steps are cut into shares.
#include "runtime/step_cut.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "tests/lib/network_run.h"

namespace tilewright::runtime {
namespace {

StepCuts cuts_of(std::int64_t row_pieces, std::int64_t column_pieces) {
  return {.rows = {.extent = row_pieces * 14, .granule = 14},
          .columns = Cut{.extent = column_pieces * 32, .granule = 32}};
}

}  // namespace

TEST_CASE("columns are cut where rows are too few for the shares") {
  CHECK(cuts_of(1, 2).prefers_columns(2));
  CHECK(cuts_of(1, 3).prefers_columns(2));
  CHECK(cuts_of(3, 8).prefers_columns(4));
}

TEST_CASE("columns are cut where rows make one share much larger than the others") {
  CHECK(cuts_of(3, 8).prefers_columns(2));
  CHECK_FALSE(cuts_of(5, 8).prefers_columns(2));
  CHECK(cuts_of(5, 8).prefers_columns(4));
}

TEST_CASE("rows are cut where columns are no fairer") {
  CHECK_FALSE(cuts_of(1, 1).prefers_columns(2));
  CHECK_FALSE(cuts_of(2, 8).prefers_columns(2));
  CHECK_FALSE(cuts_of(100, 100).prefers_columns(4));
  CHECK_FALSE(cuts_of(1, 8).prefers_columns(1));
}

TEST_CASE("columns are cut where shares are as fair and weights outweigh the input") {
  StepCuts cuts = cuts_of(4, 8);
  CHECK_FALSE(cuts.prefers_columns(2));
  cuts.weight_bytes = 5000;
  cuts.input_bytes = 1000;
  CHECK(cuts.prefers_columns(2));
  CHECK_FALSE(cuts.prefers_columns(1));
  cuts.input_bytes = 2000;
  CHECK_FALSE(cuts.prefers_columns(2));
  StepCuts uneven = cuts_of(4, 5);
  uneven.weight_bytes = 5000;
  uneven.input_bytes = 1000;
  CHECK_FALSE(uneven.prefers_columns(2));
}

TEST_CASE("what has no rows, or no columns that can be cut, is cut between rows") {
  CHECK_FALSE(cuts_of(0, 8).prefers_columns(2));
  CHECK_FALSE(cuts_of(1, 0).prefers_columns(2));
  CHECK_FALSE(StepCuts{.rows = {1, 1}, .columns = {}}.prefers_columns(2));
}

TEST_CASE("there are no more shares than pieces") {
  CHECK(cuts_of(3, 8).most_shares() == 8);
  CHECK(cuts_of(0, 0).most_shares() == 1);
  CHECK(StepCuts{.rows = {10, 4}, .columns = {}}.most_shares() == 3);
}

TEST_CASE("the shares of a range are disjoint, fair and all of it, cut at the granule") {
  for (const std::int64_t extent : {0, 1, 5, 28, 29, 100}) {
    for (const std::int32_t shares : {1, 2, 3, 7}) {
      CAPTURE(extent, shares);
      std::int64_t done = 28;
      std::int64_t least = extent;
      std::int64_t most = 0;
      for (std::int32_t share = 0; share < shares; ++share) {
        const CutRange range = share_of({28, 28 + extent}, 7, share, shares);
        if (range.begin >= range.end) {
          least = 0;
          continue;
        }
        CHECK(range.begin == done);
        CHECK(range.begin % 7 == 0);
        least = std::min(least, range.end - range.begin);
        most = std::max(most, range.end - range.begin);
        done = range.end;
      }
      CHECK(done == 28 + extent);
      CHECK(most - least < 14);
    }
  }
}

TEST_CASE("a step of a plan is cut as its kernel says") {
  const Plan plan = tests::compiled(tests::one_pixel_network()).plan;
  for (const Step& step : plan.flat().steps) {
    CAPTURE(step.name, step.kernel->name);
    const StepCuts cuts = step_cuts(step);
    CHECK(cuts.rows.extent == 1);
    REQUIRE(cuts.columns.has_value());
    CHECK(cuts.columns->extent == step.dst.shape.last());
    CHECK(cuts.columns->granule == step.kernel->tile.nr);
  }
}

}  // namespace tilewright::runtime
