// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/halving.h"

#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/tuner/race.h"

namespace tilewright::tuner {
namespace {

std::vector<Candidate> candidates_of(const std::vector<double>& analytic_log_seconds) {
  std::vector<Candidate> candidates;
  for (const double log_seconds : analytic_log_seconds)
    candidates.push_back({.analytic_log_seconds = log_seconds});
  return candidates;
}

std::vector<std::size_t> numbers_below(std::size_t count) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < count; ++i)
    numbers.push_back(i);
  return numbers;
}

TEST_CASE("the analytically fastest come first, of equals the first", "[tuner][halving]") {
  CHECK(by_analytic_time(candidates_of({-3, -5, -4, -5})) == std::vector<std::size_t>{1, 3, 2, 0});
}

TEST_CASE("halving starts with what can be seen twice, two at least", "[tuner][halving]") {
  CHECK(first_round_size(41) == 20);
  CHECK(first_round_size(3) == 2);
  CHECK(first_round_size(-1) == 2);
}

TEST_CASE("the half with the least estimates goes on", "[tuner][halving]") {
  std::vector<double> estimates(40);
  for (std::size_t i = 0; i < estimates.size(); ++i)
    estimates[i] = -static_cast<double>(i);
  std::vector<std::size_t> survivors = next_round(numbers_below(40), estimates);
  REQUIRE(survivors.size() == 20);
  CHECK(survivors.front() == 39);
  CHECK(survivors.back() == 20);
  survivors = next_round(survivors, estimates);
  CHECK(survivors.size() == 10);
}

TEST_CASE("halving ends at the field of the race", "[tuner][halving]") {
  const std::vector<double> estimates(10);
  const std::vector<std::size_t> survivors = next_round(numbers_below(10), estimates);
  CHECK(survivors == numbers_below(kRaceField));
  CHECK(next_round(survivors, estimates).empty());
}

}  // namespace
}  // namespace tilewright::tuner
