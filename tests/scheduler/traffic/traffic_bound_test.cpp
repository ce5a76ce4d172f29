// SPDX-License-Identifier: Apache-2.0
// What every order moves, as bounds of parts say: against the complete search, and by hand.
#include "scheduler/traffic/traffic_bound.h"

#include <catch2/catch_test_macros.hpp>

#include "scheduler/dependencies.h"
#include "scheduler/traffic/solve_traffic.h"
#include "scheduler/traffic/traffic_search.h"
#include "tests/scheduler/traffic/random_traffic.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("no bound by parts exceeds the least traffic", "[scheduler][traffic]") {
  int compared = 0;
  int above_zero = 0;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    const Problem problem = with_least_bank(random_traffic(
        seed + 640'000, {.min_ops = 4, .max_ops = 12, .streams = false, .steady = false}));
    const Dependencies lists = dependencies(problem);
    const TrafficSearchResult least =
        search_traffic(problem, lists, {1'000'000, -1}, {.max_states = 2'000});
    if (!least.finished) continue;
    const TrafficBound bound = traffic_bound(problem, lists, serialized_order(problem, lists));
    CAPTURE(seed);
    REQUIRE(bound.units() <= least.lower_bound_units);
    ++compared;
    above_zero += bound.units() > 0 ? 1 : 0;
  }
  REQUIRE(compared > 400);
  REQUIRE(above_zero > 100);
}

/// An op that reads and writes storages of a number.
Op op_of(std::vector<std::size_t> reads, std::vector<std::size_t> writes) {
  Op op;
  for (const std::size_t i : reads)
    op.reads.push_back(storage_id(i));
  for (const std::size_t i : writes)
    op.writes.push_back(storage_id(i));
  return op;
}

// `kept` waits twice, beside a storage that leaves none of its 4 units room and one that leaves
// one: all are written once, read back, and three of them again. Cut between the two, one half
// misses four and one three; were it counted in both, it would be written in both.
TEST_CASE("what waits in two parts is written once", "[scheduler][traffic]") {
  enum : std::size_t { kKept, kFirst, kSecond, kBig, kA, kB, kC, kBigger, kD, kOut };
  Problem problem;
  problem.alignment_bytes = 1;
  problem.storages = {{.name = "kept", .bytes = 4},
                      {.name = "first", .bytes = 1, .input = true},
                      {.name = "second", .bytes = 1, .input = true},
                      {.name = "big", .bytes = 9},
                      {.name = "a", .bytes = 1},
                      {.name = "b", .bytes = 1},
                      {.name = "c", .bytes = 1},
                      {.name = "bigger", .bytes = 8},
                      {.name = "d", .bytes = 1},
                      {.name = "out", .bytes = 1, .output = true}};
  problem.ops = {op_of({kFirst}, {kKept}), op_of({kSecond}, {kBig}),  op_of({kBig}, {kA}),
                 op_of({kKept, kA}, {kB}), op_of({kKept, kB}, {kC}),  op_of({kC}, {kBigger}),
                 op_of({kBigger}, {kD}),   op_of({kKept, kD}, {kOut})};
  problem.ops[1].after = {op_id(0)};
  problem.banks = {{.name = "tcm", .bytes = 10, .read_bytes_per_us = 8, .write_bytes_per_us = 8},
                   {.name = "external",
                    .bytes = 1 << 20,
                    .read_bytes_per_us = 1,
                    .write_bytes_per_us = 1,
                    .granule_bytes = 1}};
  REQUIRE(check_problem(problem));
  const auto solution = solve_traffic(problem);
  REQUIRE(solution);
  REQUIRE(solution->activations == TrafficBytes{.compulsory = 3, .avoidable = 4 + 4 + 3});
  const Dependencies lists = dependencies(problem);
  const TrafficBound bound = traffic_bound(problem, lists, serialized_order(problem, lists));
  REQUIRE(bound.units() == 4 + 4);
}

}  // namespace
}  // namespace tilewright::scheduler
