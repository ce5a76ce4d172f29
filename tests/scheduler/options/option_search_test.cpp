// SPDX-License-Identifier: Apache-2.0
// The fastest choice within a memory, against all combinations and against peaks by exhaustion.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "scheduler/options/op_options.h"
#include "scheduler/validate.h"
#include "tests/scheduler/oracle.h"
#include "tests/scheduler/random_problem.h"

namespace tilewright::scheduler {
namespace {

using Catch::Matchers::ContainsSubstring;

/// One to three ways to run each op, some beaten by others.
OpOptions random_options(const Problem& problem, std::uint32_t seed) {
  std::mt19937 random(seed);
  OpOptions options(problem.ops.size());
  for (std::vector<OpOption>& of_op : options) {
    const std::size_t count = 1 + random() % 3;
    for (std::size_t i = 0; i < count; ++i) {
      of_op.push_back({.seconds = static_cast<double>(1 + random() % 16) / 16,
                       .scratch_bytes = 64 * static_cast<std::int64_t>(random() % 6)});
    }
  }
  return options;
}

/// A combination with what a plan of it needs, and what no order of it can do without.
struct Combination {
  double seconds = 0;
  std::int64_t arena_bytes = 0;
  std::int64_t least_peak_bytes = 0;
};

Problem with_options(Problem problem, const OpOptions& options,
                     const std::vector<std::size_t>& picks) {
  apply_options(options, picks, problem);
  problem.memory_limit_bytes.reset();
  return problem;
}

std::vector<Combination> all_combinations(const Problem& problem, const OpOptions& options) {
  std::vector<Combination> all;
  std::vector<std::size_t> picks(options.size(), 0);
  while (true) {
    const Problem fixed = with_options(problem, options, picks);
    Combination combination;
    for (std::size_t i = 0; i < picks.size(); ++i)
      combination.seconds += options[i][picks[i]].seconds;
    combination.arena_bytes = solve(fixed)->arena_bytes;
    combination.least_peak_bytes = Oracle(fixed).least_peak_bytes();
    all.push_back(combination);
    std::size_t op = 0;
    while (op < picks.size() && ++picks[op] == options[op].size())
      picks[op++] = 0;
    if (op == picks.size()) return all;
  }
}

double least_seconds_by_arena(const std::vector<Combination>& all, std::int64_t limit_bytes) {
  double least = std::numeric_limits<double>::infinity();
  for (const Combination& one : all)
    if (one.arena_bytes <= limit_bytes) least = std::min(least, one.seconds);
  return least;
}

double least_seconds_by_peak(const std::vector<Combination>& all, std::int64_t limit_bytes) {
  double least = std::numeric_limits<double>::infinity();
  for (const Combination& one : all)
    if (one.least_peak_bytes <= limit_bytes) least = std::min(least, one.seconds);
  return least;
}

void check_choice(const Problem& problem, const OpOptions& options, const OptionChoice& choice,
                  std::int64_t limit_bytes) {
  Problem fixed = with_options(problem, options, choice.picks);
  CHECK(validate(fixed, choice.solution));
  CHECK(choice.solution.fits_memory_limit);
  CHECK(choice.solution.arena_bytes <= limit_bytes);
  double seconds = 0;
  for (std::size_t i = 0; i < choice.picks.size(); ++i)
    seconds += options[i][choice.picks[i]].seconds;
  CHECK(choice.seconds == seconds);
  CHECK(choice.least_seconds <= choice.seconds);
  CHECK(choice.proven_fastest == (choice.least_seconds == choice.seconds));
}

/// A chain of two ops over blocks of 640 bytes: 1280 bytes beside the scratch.
Problem chain() {
  Problem problem;
  for (const char* name : {"x", "y", "z"})
    problem.storages.push_back({.name = name, .bytes = 640});
  problem.storages[0].input = true;
  problem.storages[2].output = true;
  problem.ops = {{.name = "first", .reads = {storage_id(0)}, .writes = {storage_id(1)}},
                 {.name = "second", .reads = {storage_id(1)}, .writes = {storage_id(2)}}};
  return problem;
}

}  // namespace

TEST_CASE("the fastest combination of options is found, as trying all of them shows") {
  int proven = 0;
  int choices = 0;
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    Problem problem = random_problem(seed, {.max_ops = 5});
    const OpOptions options = random_options(problem, seed);
    const std::vector<Combination> all = all_combinations(problem, options);
    std::vector<std::int64_t> limits{0};
    for (std::size_t i = 0; i < all.size(); i += 1 + all.size() / 6)
      limits.push_back(all[i].arena_bytes - static_cast<std::int64_t>(i % 2));
    for (const std::int64_t limit_bytes : limits) {
      CAPTURE(limit_bytes);
      problem.memory_limit_bytes = limit_bytes;
      const auto choice = fastest_within_limit(problem, options);
      const double least_by_peak = least_seconds_by_peak(all, limit_bytes);
      if (!choice) {
        CHECK(choice.error().code == ErrorCode::Infeasible);
        CHECK(std::isinf(least_by_peak));
        continue;
      }
      if (!choice->solution.fits_memory_limit) continue;
      ++choices;
      check_choice(problem, options, *choice, limit_bytes);
      // No proof claims more than exhaustion allows, and none of ours is behind exhaustion.
      CHECK(choice->least_seconds <= least_by_peak);
      if (!choice->proven_fastest) continue;
      ++proven;
      CHECK(choice->seconds <= least_seconds_by_arena(all, limit_bytes));
    }
  }
  CHECK(choices > 300);
  CHECK(proven > choices * 9 / 10);
}

TEST_CASE("the curve holds the fastest choice of every memory, and no other") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    const Problem problem = random_problem(seed, {.max_ops = 5});
    const OpOptions options = random_options(problem, seed + 1000);
    const std::vector<Combination> all = all_combinations(problem, options);
    const auto curve = latency_memory_curve(problem, options);
    if (!curve) FAIL(curve.error().message);
    REQUIRE_FALSE(curve->empty());
    for (std::size_t i = 0; i < curve->size(); ++i) {
      const OptionChoice& point = (*curve)[i];
      check_choice(problem, options, point, point.solution.arena_bytes);
      if (i == 0) {
        CHECK(point.proven_fastest);
        continue;
      }
      CHECK(point.seconds > (*curve)[i - 1].seconds);
      CHECK(point.solution.arena_bytes < (*curve)[i - 1].solution.arena_bytes);
    }
    const bool is_proven = std::ranges::all_of(*curve, &OptionChoice::proven_fastest);
    for (const Combination& one : all) {
      if (!is_proven) break;
      const bool is_covered = std::ranges::any_of(*curve, [&](const OptionChoice& point) {
        return point.seconds <= one.seconds && point.solution.arena_bytes <= one.arena_bytes;
      });
      CHECK(is_covered);
    }
  }
}

TEST_CASE("without a limit the fastest options cost one plan") {
  const OpOptions options{{{3, 0}, {2, 640}, {1, 1280}}, {{2, 0}, {1, 128}}};
  const auto choice = fastest_within_limit(chain(), options);
  REQUIRE(choice);
  CHECK(choice->picks == std::vector<std::size_t>{2, 1});
  CHECK(choice->solution.arena_bytes == 2560);
  CHECK(choice->proven_fastest);
  CHECK(choice->plans == 1);
}

TEST_CASE("under a limit each op takes the scratch that it can have") {
  const OpOptions options{{{3, 0}, {2, 640}, {1, 1280}}, {{2, 0}, {1, 128}}};
  Problem problem = chain();
  problem.memory_limit_bytes = 1280 + 640;
  const auto choice = fastest_within_limit(problem, options);
  REQUIRE(choice);
  CHECK(choice->picks == std::vector<std::size_t>{1, 1});
  CHECK(choice->proven_fastest);
}

TEST_CASE("a limit below the least scratch names it, the proven minimum and the storages") {
  const OpOptions options{{{3, 64}, {2, 640}}, {{2, 0}}};
  Problem problem = chain();
  problem.memory_limit_bytes = 1343;
  const auto choice = fastest_within_limit(problem, options);
  REQUIRE_FALSE(choice);
  CHECK(choice.error().code == ErrorCode::Infeasible);
  CHECK_THAT(choice.error().message,
             ContainsSubstring("within 1343 bytes, got a proven minimum of 1344") &&
                 ContainsSubstring("'x' 640") && ContainsSubstring("'y' 640"));
}

TEST_CASE("a search that may not go on still gives a choice that fits, and says what it lacks") {
  OpOptions options{{{3, 0}, {2, 640}, {1, 1280}}, {{2, 0}, {1, 1280}}};
  Problem problem = chain();
  problem.memory_limit_bytes = 1280 + 640;
  const auto choice = fastest_within_limit(problem, options, {.max_plans = 1});
  REQUIRE(choice);
  CHECK(choice->solution.fits_memory_limit);
  CHECK(choice->least_seconds == 2);
  CHECK_FALSE(choice->proven_fastest);
}

TEST_CASE("a curve of few points ends at the least memory") {
  const OpOptions options{{{4, 0}, {3, 640}, {2, 1280}, {1, 1920}}, {{1, 0}}};
  const auto curve = latency_memory_curve(chain(), options, {.max_points = 2});
  REQUIRE(curve);
  REQUIRE(curve->size() == 2);
  CHECK(curve->front().solution.arena_bytes == 1280 + 1920);
  CHECK(curve->back().solution.arena_bytes == 1280);
}

TEST_CASE("options that are none are refused") {
  const auto code = [](const OpOptions& options) {
    const auto choice = fastest_within_limit(chain(), options);
    return choice ? ErrorCode::Unsupported : choice.error().code;
  };
  CHECK(code({{{1, 0}}}) == ErrorCode::InvalidArgument);
  CHECK(code({{{1, 0}}, {}}) == ErrorCode::InvalidArgument);
  CHECK(code({{{1, 0}}, {{std::nan(""), 0}}}) == ErrorCode::InvalidArgument);
  CHECK(code({{{1, 0}}, {{1, -1}}}) == ErrorCode::InvalidArgument);
}

TEST_CASE("options beaten in time and scratch are left out, the first of equals stays") {
  CHECK(pareto_options({{3, 64}, {2, 64}, {2, 64}, {5, 0}, {2, 128}, {1, 256}}) ==
        std::vector<std::size_t>{3, 1, 5});
}

}  // namespace tilewright::scheduler
