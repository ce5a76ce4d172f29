// SPDX-License-Identifier: Apache-2.0
// Orders and residencies together: against exhaustion, the bounds and the baselines.
#include "scheduler/traffic/solve_traffic.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/scheduler/traffic/random_traffic.h"
#include "tests/scheduler/traffic/traffic_oracle.h"

namespace tilewright::scheduler {
namespace {

TEST_CASE("no order has less traffic than the bound, and proofs hold", "[scheduler][traffic]") {
  int solved = 0;
  int optimal = 0;
  int with_traffic = 0;
  for (std::uint32_t seed = 0; seed < 72; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_traffic(seed + 500'000, {.max_ops = 4});
    const auto least = least_traffic_units(problem, std::nullopt);
    const auto solution = solve_traffic(problem);
    if (!solution) {
      INFO(solution.error().message);
      REQUIRE(solution.error().code == ErrorCode::Infeasible);
      continue;
    }
    REQUIRE(least);
    const std::int64_t least_bytes = *least * traffic_unit_bytes(problem);
    ++solved;
    CAPTURE(problem.residency == Residency::Whole, problem.execution == Execution::Streaming,
            problem.steady_state, problem.stream_constants, least_bytes);
    REQUIRE(solution->lower_bound_bytes <= least_bytes);
    REQUIRE(solution->total_bytes() >= least_bytes);
    optimal += solution->status == TrafficStatus::Optimal ? 1 : 0;
    with_traffic += solution->weights.avoidable + solution->activations.avoidable > 0 ? 1 : 0;
  }
  CAPTURE(solved, optimal, with_traffic);
  CHECK(solved > 60);
  CHECK(with_traffic > 12);
  CHECK(optimal * 100 > solved * 70);
}

TEST_CASE("the complete search finds the least traffic of small problems", "[scheduler][traffic]") {
  int compared = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Problem problem =
        random_traffic(seed + 600'000, {.max_ops = 5, .streams = false, .steady = false});
    for (Storage& storage : problem.storages)
      storage.fast = false;
    const auto least = least_traffic_units(problem, std::nullopt);
    if (!least) continue;
    const Dependencies lists = dependencies(problem);
    const TrafficSearchResult found = search_traffic(problem, lists, {1'000'000, -1}, {});
    REQUIRE(found.order);
    const auto line = timeline(problem, lists, *found.order);
    REQUIRE(line);
    const std::int64_t compulsory =
        line->weights_units.compulsory + line->activations_units.compulsory;
    REQUIRE(found.lower_bound_units + compulsory <= *least);
    if (!found.finished) continue;
    REQUIRE(found.lower_bound_units + compulsory == *least);
    REQUIRE(best_residency(*line).units == found.lower_bound_units);
    ++compared;
  }
  CHECK(compared > 80);
}

TEST_CASE("no search proves more than the least traffic in tight memory", "[scheduler][traffic]") {
  int with_traffic = 0;
  int finished = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    const Problem problem = with_least_bank(random_traffic(
        seed + 630'000,
        {.min_ops = 4, .max_ops = 5, .max_units = 2, .streams = false, .steady = false}));
    const auto least = least_traffic_units(problem, std::nullopt);
    if (!least) continue;
    const Dependencies lists = dependencies(problem);
    const auto line = timeline(problem, lists, serialized_order(problem, lists));
    REQUIRE(line);
    const std::int64_t avoidable =
        *least - line->weights_units.compulsory - line->activations_units.compulsory;
    with_traffic += avoidable > 0 ? 1 : 0;
    for (const std::int64_t choices : {1, 2, 64}) {
      CAPTURE(seed, choices, avoidable);
      const TrafficSearchResult found =
          search_traffic(problem, lists, {1'000'000, -1}, {.max_choices = choices});
      REQUIRE(found.lower_bound_units <= avoidable);
      if (!found.finished) continue;
      REQUIRE(found.lower_bound_units == avoidable);
      ++finished;
    }
  }
  CHECK(with_traffic > 50);
  CHECK(finished > 1'000);
}

TEST_CASE("no baseline moves fewer bytes than the plan", "[scheduler][traffic]") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_traffic(seed + 700'000, {.min_ops = 6, .max_ops = 14});
    const auto baselines = traffic_baselines(problem);
    const auto solution = solve_traffic(problem, {.search = {.max_states = 200}});
    if (!baselines || !solution) continue;
    REQUIRE(baselines->size() == 4);
    for (const auto& [name, bytes] : *baselines) {
      CAPTURE(name);
      REQUIRE(bytes >= solution->total_bytes());
    }
  }
}

TEST_CASE("equal problems get equal traffic plans", "[scheduler][traffic]") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const Problem problem = random_traffic(seed + 800'000, {.min_ops = 6, .max_ops = 14});
    const auto once = solve_traffic(problem, {.search = {.max_states = 500}});
    const auto again = solve_traffic(problem, {.search = {.max_states = 500}});
    if (!once || !again) continue;
    REQUIRE(once->order == again->order);
    REQUIRE(once->pieces == again->pieces);
    REQUIRE(once->transfers == again->transfers);
    REQUIRE(once->lower_bound_bytes == again->lower_bound_bytes);
  }
}

}  // namespace
}  // namespace tilewright::scheduler
