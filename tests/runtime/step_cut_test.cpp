// SPDX-License-Identifier: Apache-2.0
// Along what steps are cut into parts.
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

TEST_CASE("there are no more parts than pieces") {
  CHECK(cuts_of(3, 8).most_parts(CutAxis::Rows) == 3);
  CHECK(cuts_of(3, 8).most_parts(CutAxis::Columns) == 8);
  CHECK(cuts_of(0, 0).most_parts(CutAxis::Columns) == 1);
  CHECK(StepCuts{.rows = {10, 4}, .columns = {}}.most_parts(CutAxis::Rows) == 3);
  CHECK(StepCuts{.rows = {10, 4}, .columns = {}}.most_parts(CutAxis::Columns) == 0);
}

TEST_CASE("every thread has a part, and every part something to do") {
  const StepCuts cuts = cuts_of(3, 8);
  CHECK(cuts.allows({1, 1, CutAxis::Rows}));
  CHECK(cuts.allows({2, 3, CutAxis::Rows}));
  CHECK(cuts.allows({2, 8, CutAxis::Columns}));
  CHECK_FALSE(cuts.allows({2, 4, CutAxis::Rows}));
  CHECK_FALSE(cuts.allows({2, 9, CutAxis::Columns}));
  CHECK_FALSE(cuts.allows({3, 2, CutAxis::Rows}));
  CHECK_FALSE(cuts.allows({0, 2, CutAxis::Rows}));
  CHECK_FALSE(cuts_of(5000, 1).allows({2, kMostParts + 1, CutAxis::Rows}));
  CHECK(cuts_of(0, 0).allows({1, 1, CutAxis::Rows}));
}

TEST_CASE("where nothing is measured a thread has one part, along the fairer axis") {
  CHECK(fair_sharing(cuts_of(100, 8), 2) == Sharing{2, 2, CutAxis::Rows});
  CHECK(fair_sharing(cuts_of(3, 8), 4) == Sharing{4, 4, CutAxis::Columns});
  CHECK(fair_sharing(cuts_of(4, 5), 5) == Sharing{4, 4, CutAxis::Rows});
  CHECK(fair_sharing(cuts_of(3, 8), 1) == Sharing{1, 1, CutAxis::Rows});
  CHECK(fair_sharing(cuts_of(0, 8), 4) == Sharing{1, 1, CutAxis::Rows});
}

TEST_CASE("the parts of a range are disjoint, fair and all of it, cut at the granule") {
  for (const std::int64_t extent : {0, 1, 5, 28, 29, 100}) {
    for (const std::int32_t parts : {1, 2, 3, 7}) {
      CAPTURE(extent, parts);
      std::int64_t done = 28;
      std::int64_t least = extent;
      std::int64_t most = 0;
      for (std::int32_t part = 0; part < parts; ++part) {
        const CutRange range = part_of({28, 28 + extent}, 7, part, parts);
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
