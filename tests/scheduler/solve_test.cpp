// SPDX-License-Identifier: Apache-2.0
// The front door: proofs, limits and repeatability.
#include "scheduler/solve.h"

#include <fstream>
#include <iterator>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "scheduler/problem_file.h"
#include "scheduler/validate.h"
#include "tests/scheduler/arena_oracle.h"
#include "tests/scheduler/nasnet_problem.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

using Catch::Matchers::ContainsSubstring;

Problem problem_of_file(const std::string& name) {
  std::ifstream file(std::string(TILEWRIGHT_SOURCE_DIR "/tests/scheduler/problems/") + name);
  REQUIRE(file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto problem = read_problem(text);
  REQUIRE(problem);
  return *problem;
}

struct ByHand {
  const char* file;
  std::int64_t peak_bytes;
  std::int64_t serialized_order_peak_bytes;
  std::int64_t greedy_arena_bytes;
};

TEST_CASE("the problems solved by hand have the numbers of the format's page", "[scheduler]") {
  const ByHand table[] = {{"chain_in_place.json", 416, 416, 512},
                          {"two_branches.json", 640, 1088, 1088},
                          {"concat_slices.json", 576, 576, 576}};
  for (const ByHand& row : table) {
    CAPTURE(row.file);
    const auto solution = solve(problem_of_file(row.file));
    REQUIRE(solution);
    CHECK(solution->peak_bytes == row.peak_bytes);
    CHECK(solution->arena_bytes == row.peak_bytes);
    CHECK(solution->order_proven_optimal);
    CHECK(solution->arena_proven_optimal);
    CHECK(solution->jointly_optimal);
    CHECK(solution->serialized_order_peak_bytes == row.serialized_order_peak_bytes);
    CHECK(solution->greedy_arena_bytes == row.greedy_arena_bytes);
  }
}

TEST_CASE("an input that nobody reads has no offset", "[scheduler]") {
  const auto solution = solve(problem_of_file("concat_slices.json"));
  REQUIRE(solution);
  REQUIRE_FALSE(solution->offsets[4].has_value());  // unused
  REQUIRE_FALSE(solution->offsets[1].has_value());  // weights
  REQUIRE(solution->offsets[0].has_value());
}

TEST_CASE("solutions are accepted by the judge and their proofs hold", "[scheduler]") {
  int jointly = 0;
  int compared = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    const Problem problem =
        random_problem(seed + 60'000, {.max_ops = 7, .unaligned = seed % 3 == 0});
    const auto solution = solve(problem);
    REQUIRE(solution);
    REQUIRE(validate(problem, *solution));
    const std::int64_t least_peak = Oracle(problem).least_peak_bytes();
    REQUIRE(solution->peak_lower_bound_bytes == least_peak);
    REQUIRE(solution->serialized_order_peak_bytes >= least_peak);
    REQUIRE(solution->arena_lower_bound_bytes >= least_peak);
    jointly += solution->jointly_optimal ? 1 : 0;
    if (count_blocks(problem) > 7) continue;
    ++compared;
    const std::int64_t least_arena = least_arena_bytes(problem, solution->order);
    REQUIRE(solution->arena_lower_bound_bytes <= least_arena);
    REQUIRE(solution->arena_bytes >= least_arena);
    if (solution->arena_proven_optimal) REQUIRE(solution->arena_bytes == least_arena);
  }
  REQUIRE(compared > 300);
  REQUIRE(jointly > 1600);
}

TEST_CASE("equal problems get equal solutions, byte for byte", "[scheduler]") {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    const Problem problem = random_problem(seed + 70'000, {.min_ops = 5, .max_ops = 12});
    const auto once = solve(problem);
    const auto again = solve(problem);
    REQUIRE(once);
    REQUIRE(again);
    REQUIRE(write_solution(problem, *once) == write_solution(problem, *again));
  }
}

TEST_CASE("a problem without ops keeps its inputs that are outputs", "[scheduler]") {
  const Problem problem = {
      .alignment_bytes = 16,
      .storages = {{.name = "through", .bytes = 20, .input = true, .output = true},
                   {.name = "dead", .bytes = 20, .input = true}}};
  const auto solution = solve(problem);
  REQUIRE(solution);
  REQUIRE(solution->peak_bytes == 32);
  REQUIRE(solution->arena_bytes == 32);
  REQUIRE_FALSE(solution->offsets[1].has_value());
  REQUIRE(solve(Problem{}));
}

TEST_CASE("a limit below the proven minimum is infeasible and names what lives", "[scheduler]") {
  Problem problem = problem_of_file("two_branches.json");
  problem.memory_limit_bytes = 639;
  const auto solution = solve(problem);
  REQUIRE_FALSE(solution);
  REQUIRE(solution.error().code == ErrorCode::Infeasible);
  REQUIRE_THAT(solution.error().message,
               ContainsSubstring("expected a plan within 639 bytes, got a proven minimum of 640"));
  REQUIRE_THAT(solution.error().message, ContainsSubstring("512"));
}

TEST_CASE("a limit that is neither met nor refuted gives the best plan", "[scheduler]") {
  int found = 0;
  for (std::uint32_t seed = 0; seed < 3000 && found < 5; ++seed) {
    Problem problem = random_problem(seed + 80'000, {.max_ops = 7});
    const auto free = solve(problem);
    REQUIRE(free);
    if (free->jointly_optimal) continue;
    ++found;
    problem.memory_limit_bytes = free->peak_lower_bound_bytes;
    const auto solution = solve(problem);
    REQUIRE(solution);
    REQUIRE_FALSE(solution->fits_memory_limit);
    problem.memory_limit_bytes = free->arena_bytes;
    REQUIRE(solve(problem)->fits_memory_limit);
  }
  REQUIRE(found == 5);
}

TEST_CASE("an order of least peak is kept when a pair must be given up", "[scheduler]") {
  // `a` and `b` could share, which saves nothing where the peak is.
  const Problem problem = {
      .alignment_bytes = 1,
      .storages = {{.name = "x", .bytes = 8, .input = true},
                   {.name = "a", .bytes = 4},
                   {.name = "b", .bytes = 4, .output = true}},
      .ops = {{.name = "first", .reads = {storage_id(0)}, .writes = {storage_id(1)}},
              {.name = "second",
               .reads = {storage_id(1)},
               .writes = {storage_id(2)},
               .in_place = {{storage_id(1), storage_id(2)}}}}};
  const auto solution = solve(problem);
  REQUIRE(solution);
  REQUIRE(solution->peak_bytes == 12);
  REQUIRE(solution->jointly_optimal);
}

TEST_CASE("the order of a NASNet with 700 ops is proven", "[scheduler]") {
  const Problem problem = nasnet_problem({.normal_cells = 4, .filters = 11});
  REQUIRE(problem.ops.size() > 650);
  const auto solution = solve(problem);
  REQUIRE(solution);
  CAPTURE(solution->peak_bytes, solution->arena_bytes, solution->serialized_order_peak_bytes,
          solution->order_states, solution->arena_nodes, solution->solve_ms);
  CHECK(solution->order_proven_optimal);
  CHECK(solution->arena_proven_optimal);
  CHECK(solution->peak_bytes < solution->serialized_order_peak_bytes);
}

TEST_CASE("a chain of 60 ops is solved without search", "[scheduler]") {
  Problem problem;
  problem.storages.push_back({.name = "x", .bytes = 1000, .input = true});
  for (std::size_t i = 0; i < 60; ++i) {
    problem.storages.push_back(
        {.name = "t", .bytes = static_cast<std::int64_t>(i * 7919 % 5000 + 1), .output = i == 59});
    problem.ops.push_back({.reads = {storage_id(i)}, .writes = {storage_id(i + 1)}});
  }
  const auto solution = solve(problem);
  REQUIRE(solution);
  REQUIRE(solution->order_status == OrderStatus::FlowTight);
  REQUIRE(solution->order_states == 0);
  REQUIRE(solution->jointly_optimal);
}

}  // namespace
}  // namespace tilewright::scheduler
