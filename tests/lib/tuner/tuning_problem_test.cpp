// SPDX-License-Identifier: Apache-2.0
#include "lib/tuner/tuning_problem.h"

#include <limits>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "lib/tuner/candidates.h"

namespace tilewright::tuner {
namespace {

Candidate named(const std::string& name, double analytic_log_seconds) {
  return {.name = name, .analytic_log_seconds = analytic_log_seconds};
}

TEST_CASE("the default is the first of the analytically fastest", "[tuner][problem]") {
  const Layer layer{.name = "l", .candidates = {named("a", -5), named("b", -7), named("c", -7)}};
  CHECK(default_candidate(layer) == 1);
}

TEST_CASE("a candidate known to be good is the default", "[tuner][problem]") {
  Layer layer{.name = "l", .candidates = {named("a", -5), named("b", -7)}, .known_good = 0};
  CHECK(default_candidate(layer) == 0);
  CHECK(verify(TuningProblem{.layers = {layer}}));
  layer.known_good = 2;
  CHECK_FALSE(verify(TuningProblem{.layers = {layer}}));
}

TEST_CASE("a problem that cannot be tuned is refused with the layer's name", "[tuner][problem]") {
  const auto message_of = [](const Layer& layer) {
    const Status status = verify(TuningProblem{.layers = {layer}});
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ErrorCode::InvalidArgument);
    return status.error().message;
  };
  CHECK(message_of({.name = "stem"}) ==
        "tuning problem: layer 'stem': expected a candidate, got none");
  CHECK(message_of({.name = "stem", .count = 0, .candidates = {named("a", 0)}}) ==
        "tuning problem: layer 'stem': expected a count of at least 1, got 0");
  CHECK(message_of({.name = "stem", .candidates = {named("a", 0), named("a", 1)}}) ==
        "tuning problem: layer 'stem': expected unique candidate names, got 'a' twice");
  Candidate broken = named("a", 0);
  broken.features[3] = std::numeric_limits<double>::infinity();
  CHECK(message_of({.name = "stem", .candidates = {broken}}) ==
        "tuning problem: layer 'stem': expected finite numbers, got others in candidate 'a'");
  CHECK(verify(TuningProblem{.layers = {{.name = "stem", .candidates = {named("a", 0)}}}}));
}

std::vector<std::string> names(const std::vector<Candidate>& candidates) {
  std::vector<std::string> result;
  for (const Candidate& candidate : candidates)
    result.push_back(candidate.name);
  return result;
}

TEST_CASE("repeated names and too much scratch are not worth searching", "[tuner][candidates]") {
  std::vector<Candidate> candidates{named("a", 3), named("b", 2), named("a", 3), named("c", 1)};
  candidates[1].scratch_bytes = 4096;
  candidates[3].scratch_bytes = 4097;
  CHECK(names(worth_searching(candidates, {.scratch_bytes = 4096})) ==
        std::vector<std::string>{"a", "b"});
}

TEST_CASE("the analytically best are kept, and some of every algorithm", "[tuner][candidates]") {
  std::vector<Candidate> candidates;
  for (int i = 0; i < 20; ++i)
    candidates.push_back(named("fast" + std::to_string(i), i));
  for (int i = 0; i < 5; ++i) {
    candidates.push_back(named("slow" + std::to_string(i), 100 - i));
    candidates.back().categories.algorithm = 1;
  }
  CHECK(names(worth_searching(candidates, {.count = 4, .count_per_algorithm = 2})) ==
        std::vector<std::string>{"fast0", "fast1", "fast2", "fast3", "slow3", "slow4"});
}

}  // namespace
}  // namespace tilewright::tuner
