// SPDX-License-Identifier: Apache-2.0
// Least traffic of a given order: against exhaustion, by hand, and its refusals.
#include "scheduler/traffic/traffic_order.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "scheduler/dependencies.h"
#include "scheduler/problem_file.h"
#include "tests/scheduler/traffic/random_traffic.h"
#include "tests/scheduler/traffic/traffic_oracle.h"

namespace tilewright::scheduler {
namespace {

std::vector<OpId> given_order(const Problem& problem) {
  return serialized_order(problem, dependencies(problem));
}

struct Tally {
  int solved = 0;
  int infeasible = 0;
  int tight = 0;
  int with_traffic = 0;
};

/// Compares seeds from `begin` up with exhaustion.
Tally compare(std::uint32_t begin, std::uint32_t count, const TrafficShape& shape) {
  Tally tally;
  for (std::uint32_t seed = begin; seed < begin + count; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_traffic(seed, shape);
    REQUIRE(check_problem(problem));
    const std::vector<OpId> order = given_order(problem);
    const std::int64_t unit = traffic_unit_bytes(problem);
    const auto least = least_traffic_units(problem, order);
    const auto solution = solve_traffic_order(problem, order);
    if (!solution && solution.error().code == ErrorCode::Infeasible) {
      REQUIRE_FALSE(least);
      ++tally.infeasible;
      continue;
    }
    if (!solution) FAIL(solution.error().message);
    REQUIRE(least);
    const auto line = timeline(problem, dependencies(problem), order);
    REQUIRE(line);
    const ResidencyChoice residency = best_residency(*line);
    const std::int64_t compulsory =
        line->weights_units.compulsory + line->activations_units.compulsory;
    CAPTURE(problem.residency == Residency::Whole, problem.execution == Execution::Streaming,
            problem.steady_state, problem.stream_constants);
    REQUIRE(compulsory + residency.lower_bound_units <= *least);
    REQUIRE(compulsory + residency.units >= *least);
    REQUIRE(solution->total_bytes() == (compulsory + residency.units) * unit);
    REQUIRE(solution->order_lower_bound_bytes <= *least * unit);
    ++tally.solved;
    tally.tight += residency.units == residency.lower_bound_units ? 1 : 0;
    tally.with_traffic += residency.units > 0 ? 1 : 0;
    if (residency.units == residency.lower_bound_units)
      REQUIRE(compulsory + residency.units == *least);
  }
  return tally;
}

TEST_CASE("residency of a fixed order is least, or within its bound", "[scheduler][traffic]") {
  const Tally tally = compare(1000, 400, {.max_ops = 4});
  CAPTURE(tally.solved, tally.infeasible, tally.tight, tally.with_traffic);
  CHECK(tally.solved > 250);
  CHECK(tally.with_traffic > 60);
  CHECK(tally.tight * 100 > tally.solved * 95);
}

TEST_CASE("a stopped search for residency proves no more than a finished one",
          "[scheduler][traffic]") {
  int loose = 0;
  int compared = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    Problem problem = random_traffic(seed + 650'000, {.min_ops = 6, .max_ops = 14});
    problem = with_least_bank(std::move(problem));
    problem.residency = Residency::Whole;
    const auto line = timeline(problem, dependencies(problem), given_order(problem));
    if (!line) continue;
    const ResidencyChoice least = best_residency(*line);
    if (least.units > least.lower_bound_units) continue;
    for (const std::int64_t nodes : {1, 2, 4, 8}) {
      CAPTURE(seed, nodes);
      const ResidencyChoice found = best_residency(*line, {.max_nodes = nodes});
      REQUIRE(found.lower_bound_units <= least.units);
      REQUIRE(found.units >= least.units);
      loose += found.units > least.units ? 1 : 0;
      ++compared;
    }
  }
  CAPTURE(loose, compared);
  CHECK(loose > 10);
  CHECK(compared > 1'000);
}

TEST_CASE("what a stopped linear program leaves fits into fast memory", "[scheduler][traffic]") {
  int stopped = 0;
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    const Problem problem =
        with_least_bank(random_traffic(seed + 660'000, {.min_ops = 4, .max_ops = 14}));
    const auto line = timeline(problem, dependencies(problem), given_order(problem));
    if (!line) continue;
    const ResidencyChoice least = best_residency(*line);
    const ResidencyChoice found = best_residency(*line, {.max_steps_per_line = 0});
    REQUIRE(std::ranges::min(room_left(*line, found.kept)) >= 0);
    REQUIRE(found.lower_bound_units <= least.units);
    REQUIRE(found.units >= least.lower_bound_units);
    stopped += found.lower_bound_units < least.lower_bound_units ? 1 : 0;
  }
  REQUIRE(stopped > 100);
}

TEST_CASE("residency of many fixed orders is least, or within its bound", "[.slow][traffic]") {
  const Tally tally = compare(100'000, 5000, {.max_ops = 5});
  WARN(tally.solved << " solved, " << tally.infeasible << " infeasible, " << tally.tight
                    << " tight, " << tally.with_traffic << " with avoidable traffic");
}

Problem problem_of_file(const std::string& name) {
  std::ifstream file(TILEWRIGHT_SOURCE_DIR "/tests/scheduler/traffic/problems/" + name);
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto problem = read_problem(text);
  REQUIRE(problem);
  return *problem;
}

TrafficSolution solved(const Problem& problem, const std::vector<OpId>& order) {
  auto solution = solve_traffic_order(problem, order);
  if (!solution) FAIL(solution.error().message);
  return *solution;
}

// s waits across `second`, whose t and u leave 128 of its 256 bytes: they are written and read.
TEST_CASE("a skip connection is spilled by what does not fit", "[scheduler][traffic]") {
  Problem problem = problem_of_file("skip_spill.json");
  TrafficSolution solution = solved(problem, given_order(problem));
  CHECK(solution.activations == TrafficBytes{.compulsory = 128 + 64, .avoidable = 2 * 128});
  CHECK(solution.weights == TrafficBytes{});
  CHECK(solution.order_lower_bound_bytes == solution.total_bytes());
  problem.residency = Residency::Whole;
  solution = solved(problem, given_order(problem));
  CHECK(solution.activations.avoidable == 2 * 256);
  CHECK(solution.order_lower_bound_bytes == solution.total_bytes());
}

// 768 bytes hold x, w1 and a with 128 of w2, or a, w2 and y with 384 of w1.
TEST_CASE("weights that fit beside the rest are read once and for all", "[scheduler][traffic]") {
  Problem problem = problem_of_file("steady_weights.json");
  TrafficSolution solution = solved(problem, given_order(problem));
  CHECK(solution.activations == TrafficBytes{.compulsory = 128, .avoidable = 0});
  CHECK(solution.weights == TrafficBytes{.compulsory = 0, .avoidable = 128 + 128});
  problem.steady_state = false;
  solution = solved(problem, given_order(problem));
  CHECK(solution.weights == TrafficBytes{.compulsory = 768, .avoidable = 0});
}

// The expansions and reductions fill the bank. The file's order spills left, right and l; one
// branch after the other reads x again and spills l.
TEST_CASE("the traffic of an order depends on the order", "[scheduler][traffic]") {
  const Problem problem = problem_of_file("branch_order.json");
  CHECK(solved(problem, given_order(problem)).activations.avoidable == 1024 + 1024 + 2 * 64);
  const std::vector<OpId> depth_first = {op_id(0), op_id(2), op_id(1), op_id(3), op_id(4)};
  CHECK(solved(problem, depth_first).activations.avoidable == 64 + 2 * 64);
}

TEST_CASE("a bank too small for an op is refused with what it needs", "[scheduler][traffic]") {
  Problem problem = problem_of_file("branch_order.json");
  problem.banks.front().bytes = 575;
  const auto solution = solve_traffic_order(problem, given_order(problem));
  REQUIRE_FALSE(solution);
  CHECK(solution.error().code == ErrorCode::Infeasible);
  CHECK(solution.error().message ==
        "bank 'tcm': expected at least 576 bytes for op 0 'expand_left', got 575");
}

TEST_CASE("a fast input takes room before the first step, even if nobody reads it",
          "[scheduler][traffic]") {
  Problem problem = problem_of_file("skip_spill.json");
  Storage idle{.name = "idle", .bytes = problem.banks.front().bytes, .input = true, .fast = true};
  problem.storages.push_back(idle);
  const TrafficSolution solution = solved(problem, given_order(problem));
  CHECK(solution.activations.avoidable == 2 * 128);
  REQUIRE(least_traffic_units(problem, given_order(problem)));
  problem.storages.back().bytes += 1;
  const auto refused = solve_traffic_order(problem, given_order(problem));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::Infeasible);
  CHECK_FALSE(least_traffic_units(problem, given_order(problem)));
}

TEST_CASE("traffic needs two banks", "[scheduler][traffic]") {
  Problem problem = problem_of_file("branch_order.json");
  problem.banks.pop_back();
  const auto solution = solve_traffic_order(problem, given_order(problem));
  REQUIRE_FALSE(solution);
  CHECK(solution.error().message == "banks: expected a fast and an external memory, got 1");
}

}  // namespace
}  // namespace tilewright::scheduler
