// SPDX-License-Identifier: Apache-2.0
// Baselines are honest: valid orders and placements, never better than what is proven.
#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/arena/arena_baselines.h"
#include "scheduler/arena/arena_exact.h"
#include "scheduler/arena/arena_file.h"
#include "scheduler/cost.h"
#include "scheduler/order/order_baselines.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("order baselines are orders with the peak they say, and level_dp is exact when small",
          "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 300'000, {.min_ops = 2, .max_ops = 8});
    const Oracle oracle(problem);
    const auto baselines = order_baselines(problem);
    REQUIRE(baselines.size() == 5);
    for (const OrderBaseline& baseline : baselines) {
      CAPTURE(baseline.name);
      OpSet executed = 0;
      for (const OpId id : baseline.order) {
        REQUIRE(oracle.can_run(executed, index(id)));
        executed |= OpSet{1} << index(id);
      }
      REQUIRE(executed == oracle.all());
      REQUIRE(oracle.order_peak_bytes(baseline.order) == baseline.peak_bytes);
      if (baseline.name == "level_dp") REQUIRE(baseline.peak_bytes == oracle.least_peak_bytes());
    }
  }
}

TEST_CASE("arena baselines are placements no lower than the least", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed + 310'000, {.min_ops = 2, .max_ops = 9});
    const Dependencies lists = dependencies(problem);
    const std::vector<OpId> order = serialized_order(problem, lists);
    const ArenaProblem arena = arena_problem(problem, lifetimes(problem, lists, order), order, {});
    const ArenaResult least = minimise_arena(arena, {}, {});
    for (const ArenaBaseline& baseline : arena_baselines(arena)) {
      CAPTURE(baseline.name);
      REQUIRE(validate_arena(arena, baseline.offsets, baseline.arena_bytes));
      REQUIRE(baseline.arena_bytes >= least.lower_bound_bytes);
    }
  }
}

}  // namespace
}  // namespace tilewright::scheduler
