// SPDX-License-Identifier: Apache-2.0
// Prices of room: any of them give a bound, and those of the linear program the best one.
#include "scheduler/traffic/priced_bound.h"

#include <random>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/traffic/cover_program.h"
#include "scheduler/traffic/residency.h"
#include "tests/scheduler/traffic/random_traffic.h"
#include "tests/scheduler/traffic/traffic_oracle.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("no residency moves less than prices say", "[scheduler][traffic]") {
  std::mt19937 engine(1);
  int tight = 0;
  int positive = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_traffic(seed + 40'000, {.max_ops = 4});
    const Dependencies lists = dependencies(problem);
    const std::vector<OpId> order = serialized_order(problem, lists);
    const auto line = timeline(problem, lists, order);
    const auto least = least_traffic_units(problem, order);
    if (!line || !least) continue;
    const std::int64_t avoidable =
        *least - line->weights_units.compulsory - line->activations_units.compulsory;
    const ResidencyChoice choice = best_residency(*line);
    const std::int64_t best = priced_bound_units(*line, choice.prices);
    REQUIRE(best <= avoidable);
    tight += best == choice.lower_bound_units ? 1 : 0;
    positive += best > 0 ? 1 : 0;
    std::vector<std::int64_t> prices = choice.prices;
    for (int i = 0; i < 10; ++i) {
      for (std::int64_t& price : prices)
        price = static_cast<std::int64_t>(engine() % 4) * kDualDenominator / 2;
      REQUIRE(priced_bound_units(*line, prices) <= avoidable);
    }
  }
  CAPTURE(tight, positive);
  CHECK(positive > 60);
  CHECK(tight > 250);
}

}  // namespace
}  // namespace tilewright::scheduler
