// SPDX-License-Identifier: Apache-2.0
#include "scheduler/draw.h"

#include <catch2/catch_test_macros.hpp>

#include "scheduler/solve.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("the map shows each storage at its address while it lives", "[scheduler]") {
  const Problem problem = {.alignment_bytes = 1,
                           .storages = {{.name = "x", .bytes = 2, .input = true},
                                        {.name = "a", .bytes = 4},
                                        {.name = "y", .bytes = 4, .output = true}},
                           .ops = {{.name = "widen",
                                    .reads = {storage_id(0)},
                                    .writes = {storage_id(1)},
                                    .scratch_bytes = 1},
                                   {.name = "relu",
                                    .reads = {storage_id(1)},
                                    .writes = {storage_id(2)},
                                    .in_place = {{storage_id(1), storage_id(2)}}}}};
  Solution solution;
  solution.order = {op_id(0), op_id(1)};
  solution.offsets = {4, 0, 0};
  solution.scratch_offsets = {6, std::nullopt};
  solution.in_place_used = {{op_id(1), storage_id(1), storage_id(2)}};
  solution.arena_bytes = 7;
  REQUIRE(draw(problem, solution, {.max_columns = 8, .max_rows = 7}) ==
          "7 +--+\n"
          "  |#.|\n"
          "  |a.|\n"
          "  |a.|\n"
          "  |bc|\n"
          "  |bc|\n"
          "  |bc|\n"
          "  |bc|\n"
          "0 +--+ 2 steps\n"
          "step 0 needs most ('widen'): a='x' 2 b='a' 4\n");
}

TEST_CASE("the map of a problem without ops or storages is drawn", "[scheduler]") {
  const auto solution = solve(Problem{});
  REQUIRE(solution);
  REQUIRE(draw(Problem{}, *solution, {.max_columns = 8, .max_rows = 1}) ==
          "0 +-+\n"
          "  |.|\n"
          "0 +-+ 1 steps\n"
          "step 0 needs most:\n");
}

}  // namespace
}  // namespace tilewright::scheduler
