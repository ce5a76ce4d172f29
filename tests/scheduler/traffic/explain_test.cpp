// SPDX-License-Identifier: Apache-2.0
// What an explanation says about less memory, against exhaustion.
#include "scheduler/explain.h"

#include <catch2/catch_test_macros.hpp>

#include "scheduler/dependencies.h"
#include "scheduler/solve.h"
#include "scheduler/traffic/timeline.h"
#include "tests/scheduler/traffic/random_traffic.h"
#include "tests/scheduler/traffic/traffic_oracle.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("less memory than an explanation names costs what is missing", "[scheduler][traffic]") {
  int explained = 0;
  int exact = 0;
  for (std::uint32_t seed = 0; seed < 900; ++seed) {
    Problem problem = random_traffic(
        seed + 620'000, {.min_ops = 4, .max_ops = 5, .streams = false, .steady = false});
    for (Storage& storage : problem.storages)
      storage.fast = false;
    const auto solution = solve(problem);
    REQUIRE(solution);
    const std::int64_t unit = traffic_unit_bytes(problem);
    const Explanation found = explain(problem, *solution, {});
    problem.banks[0].bytes = found.traffic_free_bytes - unit;
    const auto line = timeline(problem, dependencies(problem), solution->order);
    if (!line) continue;  // an op does not fit
    const auto least = least_traffic_units(problem, std::nullopt);
    REQUIRE(least);
    const std::int64_t avoidable =
        *least - line->weights_units.compulsory - line->activations_units.compulsory;
    CAPTURE(seed, found.traffic_free_bytes, *least, avoidable);
    REQUIRE(avoidable >= 1);
    ++explained;
    exact += avoidable == 1 ? 1 : 0;
  }
  CAPTURE(explained, exact);
  CHECK(explained > 40);
  CHECK(exact > 10);
}

}  // namespace
}  // namespace tilewright::scheduler
